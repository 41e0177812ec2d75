"""The language of pages: a session's, or the browser's; the portal's pages are English in a language that it is not
translated to."""

from __future__ import annotations

from flask import Flask, g, request

from app import texts
from app.core.i18n.language import DEFAULT, direction, preferred


def browser_language() -> str:
    """The language of this browser, or the nearest there is."""
    return preferred(request.accept_languages.values())


def portal_language() -> str:
    """The language of this browser, when the portal is translated to it."""
    language = browser_language()
    return language if language in texts.translated("portal") else DEFAULT


def page_language() -> str:
    """The language of the page that is being drawn."""
    return str(g.get("locale", DEFAULT))


def translate(text: str) -> str:
    """The text in the language of the page."""
    return texts.translate(text, page_language())


def init_locale(app: Flask) -> None:
    """Make `_()` and `ngettext()` in templates speak the page's language, and tell which way it is written."""

    def translate_plural(one: str, many: str, count: int) -> str:
        return texts.translate_plural(one, many, count, page_language())

    def translate_in_context(context: str, text: str) -> str:
        return texts.translate_in_context(context, text, page_language())

    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        translate, translate_plural, newstyle=True, pgettext=translate_in_context
    )
    app.jinja_env.globals["translate"] = app.extensions["translate"] = translate
    app.jinja_env.globals["direction"] = lambda: direction(page_language())

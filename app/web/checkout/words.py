"""The language of pages: a session's, or the browser's; the portal's pages are English in a language that it is not
translated to."""

from __future__ import annotations

from flask import Flask, g, request

from app import words
from app.core.i18n.language import DEFAULT, direction, preferred


def browser_language() -> str:
    """The language of this browser, or the nearest there is."""
    return preferred(request.accept_languages.values())


def portal_language() -> str:
    """The language of this browser, when the portal is translated to it."""
    language = browser_language()
    return language if language in words.translated("portal") else DEFAULT


def page_language() -> str:
    """The language of the page that is being drawn."""
    return str(g.get("locale", DEFAULT))


def say(text: str) -> str:
    """The text in the language of the page."""
    return words.say(text, page_language())


def init_words(app: Flask) -> None:
    """Make `_()` and `ngettext()` in templates speak the page's language, and tell which way it is written."""

    def say_many(one: str, many: str, count: int) -> str:
        return words.say_many(one, many, count, page_language())

    def say_in_context(context: str, text: str) -> str:
        return words.say_in_context(context, text, page_language())

    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        say, say_many, newstyle=True, pgettext=say_in_context
    )
    app.jinja_env.globals["say"] = say
    app.jinja_env.globals["direction"] = lambda: direction(page_language())

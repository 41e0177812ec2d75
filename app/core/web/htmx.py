"""Pages and their fragments.

A fragment is a named block of the page's own file. The view says which target shows which block; a target it did
not name, a plain request and a history restore get the whole page. So a browser can never choose a block by itself.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jinja2_fragments.flask as fragments_of
from flask import Flask, Response, make_response, redirect, render_template, request
from jinja2 import Environment

from app.core.web.forms import field_attributes


def page(template: str, fragments: Mapping[str, str] | None = None, *, status: int = 200, **context: Any) -> Response:
    """The page, or the block of it that htmx asked to have swapped.

    `fragments` maps an element id to the block that fills it: `{"order-list": "list"}`.
    """
    block = (fragments or {}).get(wanted_target() or "")
    body = fragments_of.render_block(template, block, **context) if block else render_template(template, **context)
    response = make_response(body, status)
    response.vary.update(("HX-Request", "HX-Target"))
    return response


def wanted_target() -> str | None:
    """The id of the element htmx will fill, or None when the whole page is wanted."""
    headers = request.headers
    if headers.get("HX-Request") != "true" or headers.get("HX-History-Restore-Request") == "true":
        return None
    _tag, _hash, element_id = headers.get("HX-Target", "").rpartition("#")
    return unquote(element_id) or None


def see_other(location: str) -> Response:
    """303 after a write, so that a reload never sends the form again."""
    return make_response(redirect(location, code=303))


class Components:
    """Every macro of `templates/components/*.html` as an attribute: `ui.field(form.name)`.

    A global, not an import, because an import at the head of a page is not run when only a block of it is rendered.
    """

    def __init__(self, environment: Environment, folder: Path) -> None:
        self._environment = environment
        self._files = sorted(f"components/{path.name}" for path in folder.glob("*.html"))

    def __getattr__(self, name: str) -> Any:
        for file in self._files:
            module = self._environment.get_template(file).module
            macro = getattr(module, name, None)
            if macro is not None:
                return macro
        raise AttributeError(f"no component macro called {name!r}")


def init_pages(app: Flask) -> None:
    """Make `ui` and translations known to every template."""
    environment = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.trim_blocks = environment.lstrip_blocks = True
    folder = Path(app.root_path) / (app.template_folder or "templates") / "components"
    environment.globals["field_attributes"] = field_attributes
    environment.globals["ui"] = Components(environment, folder)

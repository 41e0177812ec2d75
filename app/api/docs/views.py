"""The documentation: its guides, the reference of the API by area, the errors, what its search reads, and
`/openapi.json`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, render_template, send_from_directory, url_for
from werkzeug.wrappers import Response as Answer

from app.api.docs import prose, reference, shelf
from app.api.kit import openapi
from app.api.kit.catalogue import CATALOGUE
from app.api.kit.operation import Api
from app.core import settings
from app.lib.json_types import Json

# Scripts, styles, pictures and calls of our own only, and none within a page.
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)

bp = Blueprint("docs", __name__)


def publish(apis: list[Api]) -> Blueprint:
    """The blueprint that shows these surfaces."""
    bp.record_once(lambda state: state.app.extensions.setdefault("bursar_apis", apis))
    return bp


def document() -> Json:
    """The OpenAPI document of this app, made once."""
    kept: Json = current_app.extensions.setdefault("bursar_openapi", {})
    if not kept:
        server = settings.current().public_url
        kept.update(openapi.document(current_app.extensions["bursar_apis"], server=server))
    return kept


@bp.get("/openapi.json")
def spec() -> Response:
    text = _made_once("openapi", lambda: json.dumps(document(), ensure_ascii=False, indent=1))
    response = Response(text, mimetype="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "max-age=300"
    return response


@bp.get("/docs")
def index() -> Response:
    return _page("docs/index.html", "", dict)


@bp.get("/docs/")
def slash() -> Answer:
    return redirect(url_for("docs.index"), 308)


@bp.get("/docs/api")
def api() -> Response:
    return _page("docs/api.html", "api", _every_area)


@bp.get("/docs/api/<slug>")
def area(slug: str) -> Response:
    name = dict(reference.areas(document())).get(slug)
    if name is None:
        abort(404)
    return _page("docs/area.html", f"api/{slug}", lambda: _one_area(name))


@bp.get("/docs/errors")
def errors() -> Response:
    return _page("docs/errors.html", "errors", _every_error)


@bp.get("/docs/search.json")
def search() -> Response:
    response = Response(_made_once("search", lambda: _as_lines(_findable())), mimetype="application/json")
    response.headers["Cache-Control"] = "max-age=300"
    return response


@bp.get("/docs/images/<path:name>")
def image(name: str) -> Response:
    return send_from_directory(prose.IMAGES, name, max_age=300)


@bp.get("/docs/<path:slug>")
def guide(slug: str) -> Response:
    file = shelf.file_of(slug)
    if file is None:
        abort(404)
    return _page("docs/guide.html", slug, lambda: {"guide": prose.page(slug, file), "beside": shelf.beside(slug)})


def _every_area() -> Json:
    shown = document()
    listed = [(slug, name, reference.operations(shown, name)) for slug, name in reference.areas(shown)]
    return {"api": shown, "listed": listed}


def _one_area(name: str) -> Json:
    return {"name": name, "operations": reference.operations(document(), name)}


def _every_error() -> Json:
    return {"kinds": sorted(CATALOGUE.values(), key=lambda kind: (kind.status, kind.code))}


def _findable() -> Iterator[tuple[str, str, str, str]]:
    """(address, page, section, text) of all that the search finds. Decisions and the inside are for readers of code."""
    for slug in (slug for _, slugs in shelf.GROUPS for slug in slugs):
        file, title = shelf.file_of(slug), shelf.title_of(slug)
        assert file is not None  # held by a test
        for each in prose.sections(file):
            yield f"/docs/{slug}#{each.anchor}", title, each.title, each.text
    shown = document()
    for slug, name in reference.areas(shown):
        for operation in reference.operations(shown, name):
            words = f"{operation['method']} {operation['path']} {operation.get('description', '')}"
            yield f"/docs/api/{slug}#{operation['operationId']}", name, operation["summary"], words
    for kind in CATALOGUE.values():
        yield f"/docs/errors#{kind.code}", "Errors", f"{kind.code}: {kind.title}", kind.advice


def _as_lines(rows: Iterator[tuple[str, ...]]) -> str:
    return json.dumps(list(rows), ensure_ascii=False, separators=(",", ":"))


def _page(template: str, slug: str, values: Callable[[], Mapping[str, Any]]) -> Response:
    def make() -> str:
        around = {"slug": slug, "navigation": shelf.navigation(), "areas": reference.areas(document())}
        return render_template(template, prose=prose.inline, **around, **values())

    response = Response(_made_once(f"page {slug}", make), mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _made_once(name: str, make: Callable[[], str]) -> bytes:
    """They are the same for everybody, anybody may ask for them, and making one takes as long as ten payments."""
    kept: dict[str, bytes] = current_app.extensions.setdefault("bursar_docs", {})
    if name not in kept:
        kept[name] = make().encode()
    return kept[name]

"""`/openapi.json`, `/docs` and `/docs/errors`."""

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, render_template
from markupsafe import Markup, escape

from app.api.docs.examples import as_json, example
from app.api.kit import openapi
from app.api.kit.catalogue import CATALOGUE
from app.api.kit.operation import Api
from app.core import settings
from app.lib.json_types import Json

# No script at all, styles from ourselves only.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
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
    return _page("docs/index.html", _everything)


@bp.get("/docs/errors")
def errors() -> Response:
    return _page("docs/errors.html", _every_error)


def _everything() -> Json:
    shown = document()
    return {"api": shown, "groups": [(tag["name"], _operations(shown, tag["name"])) for tag in shown["tags"]]}


def _every_error() -> Json:
    return {"kinds": sorted(CATALOGUE.values(), key=lambda kind: (kind.status, kind.code)), "api": document()}


def _page(template: str, values: Callable[[], Json]) -> Response:
    text = _made_once(template, lambda: render_template(template, prose=prose, **values()))
    response = Response(text, mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _made_once(name: str, make: Callable[[], str]) -> bytes:
    """They are the same for everybody, anybody may ask for them, and making one takes as long as ten payments."""
    kept: dict[str, bytes] = current_app.extensions.setdefault("bursar_docs", {})
    if name not in kept:
        kept[name] = make().encode()
    return kept[name]


def prose(text: str) -> Markup:
    """Paragraphs and `code`, the only marks our descriptions use."""
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
    return Markup("").join(Markup("<p>{}</p>").format(_code(part)) for part in paragraphs)


def _code(text: str) -> Markup:
    parts = text.split("`")
    marked = [
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    ]
    return Markup("").join(marked)


def _operations(shown: Json, tag: str) -> list[Json]:
    listed = []
    for path, methods in shown["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                listed.append(_for_page(shown, method=method.upper(), path=path, operation=operation))
    return listed


def _for_page(shown: Json, *, method: str, path: str, operation: Json) -> Json:
    schemas = shown["components"]["schemas"]
    body = _content(operation.get("requestBody"))
    success = next(iter(operation["responses"].values()))
    answer = _content(success)
    sent = example(body, schemas) if body else None
    return {
        **operation,
        "method": method,
        "path": path,
        "status": next(iter(operation["responses"])),
        "fields": _fields(body, schemas) if body else [],
        "answer_fields": _fields(answer, schemas) if answer else [],
        "codes": sorted(_codes(shown, operation)),
        "curl": _curl(shown["servers"][0]["url"], method=method, path=path, operation=operation, sent=sent),
        "answer": as_json(example(answer, schemas)) if answer else "",
    }


def _content(part: Json | None) -> Json:
    contents = (part or {}).get("content", {})
    return next(iter(contents.values()))["schema"] if contents else {}


def _codes(shown: Json, operation: Json) -> set[str]:
    found: set[str] = set()
    for response in operation["responses"].values():
        if "$ref" in response:
            response = shown["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
        found.update(response.get("x-codes", ()))
    return found


def _fields(schema: Json, schemas: Json, prefix: str = "", depth: int = 0) -> list[Json]:
    """One line per member, the members of members below theirs."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    lines: list[Json] = []
    for name, member in schema.get("properties", {}).items():
        inner, kind = _kind(member, schemas)
        required = name in schema.get("required", ())
        text = member.get("description", "")
        lines.append({"name": f"{prefix}{name}", "kind": kind, "required": required, "description": text})
        if inner and depth < 3:
            mark = "[]." if kind.startswith("list") else "."
            lines += _fields(inner, schemas, f"{prefix}{name}{mark}", depth + 1)
    return lines


def _kind(member: Json, schemas: Json) -> tuple[Json | None, str]:
    """The object behind a member, if there is one, and its type in words."""
    if "anyOf" in member:
        kinds = [_kind(option, schemas) for option in member["anyOf"]]
        inner = next((found for found, _ in kinds if found), None)
        return inner, " or ".join(kind for _, kind in kinds)
    if "$ref" in member:
        target = schemas[member["$ref"].rsplit("/", 1)[1]]
        return (target, "object") if target.get("properties") else (None, target.get("type", "text"))
    if member.get("type") == "array":
        inner, kind = _kind(member.get("items", {}), schemas)
        return inner, f"list of {kind}"
    if "enum" in member:
        return None, " | ".join(map(str, member["enum"]))
    low, high = member.get("minimum"), member.get("maximum")
    bounds = f" {low}–{high}" if low is not None and high is not None else ""
    kind = str(member.get("type", "any"))
    return None, {"string": "text", "integer": "whole number"}.get(kind, kind) + bounds


def _curl(server: str, *, method: str, path: str, operation: Json, sent: Any) -> str:
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", parameter["schema"]["examples"][0])
    key = "sk_test_…" if "secretKey" in operation["security"][0] else "ses_…_secret_…"
    if "operatorKey" in operation["security"][0]:
        key = "ok_…"
    lines = [f"curl {'' if method == 'GET' else f'-X {method} '}{server.rstrip('/')}{path}"]
    lines.append(f"-H 'Authorization: Bearer {key}'")
    if any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"]):
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if sent is not None:
        lines.append("--json '" + as_json(sent) + "'")
    return " \\\n  ".join(lines)

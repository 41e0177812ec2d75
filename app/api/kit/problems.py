"""Errors of the JSON surfaces as RFC 9457 problems, whatever raised them."""

import json
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.api.kit.catalogue import code_for_status, kind_for
from app.core import context, log_limit, settings
from app.core.db import transient_errors
from app.core.errors import AppError
from app.core.i18n.language import preferred
from app.core.log import get_logger
from app.texts import refusal

JSON_PREFIXES = ("/v1", "/sdk/", "/callbacks/", "/openapi.json", "/healthz", "/readyz", "/metrics")

MAX_PATH = 200  # of an address in a log line

log = get_logger()


def speaks_json() -> bool:
    """Whether the caller of this request expects a problem document and not a page."""
    return request.path.startswith(JSON_PREFIXES)


def request_id() -> str:
    """The id of the request being answered, also sent in the X-Request-Id header."""
    return str(g.get("request_id", ""))


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """Builds the answer for one error. Members of `more` that are None are left out."""
    kind = kind_for(code, status)
    g.error_code = code
    headers: dict[str, str] = more.pop("headers", None) or {}
    document = {
        "type": f"{_public_url()}/docs/errors#{code}",
        "title": kind.title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id(),
        **{name: value for name, value in more.items() if value is not None},
    }
    answer = Response(json.dumps(document, ensure_ascii=False), status, mimetype="application/problem+json")
    answer.headers.update(headers)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def problem_for(error: Exception) -> Response:
    """The problem that tells the caller about an exception, and nothing about our insides."""
    if isinstance(error, AppError):
        return _from_app_error(error)
    if isinstance(error, HTTPException):
        return _from_http_exception(error)
    if _is_written("failed", type(error).__name__):
        log.exception("request.failed", path=request.path[:MAX_PATH], method=request.method)
    message = "Something went wrong on our side. As far as we know, nothing was changed."
    return problem(500, "internal", _for_reader("internal", message))


def _is_written(event: str, what: str) -> bool:
    """Lines about people and keys always; those that anybody can cause, only so many in a minute."""
    return "actor" in context.current() or log_limit.strangers.take((event, request.endpoint or "none", what))


def install(app: Flask, *, page: Callable[[Exception], Any]) -> None:
    """Handles every exception of the app: JSON surfaces answer a problem, all others what `page` makes of it."""

    def handle(error: Exception) -> Any:
        meant = transient_errors.as_app_error(error)
        return problem_for(meant) if speaks_json() else page(meant)

    app.register_error_handler(Exception, handle)
    app.before_request(_to_the_right_spelling)


def _to_the_right_spelling() -> Any:
    """An address with `//` in it leads to the one without, by its path alone: the host that the request named, which
    routing would lead to, may be anybody's."""
    error = request.routing_exception
    if not isinstance(error, RequestRedirect):
        return None
    path = error.new_url.split("/", 3)[3]
    return redirect("/" + path.lstrip("/"), error.code)


def _from_app_error(error: AppError) -> Response:
    details = dict(error.details or {})
    status = error.http_status
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="bursar"'
    retry_after_s = details.pop("retry_after_s", None)
    if retry_after_s is None and (status == 503 or error.code == "idempotency_in_flight"):
        retry_after_s = 1
    if retry_after_s is not None:
        headers["Retry-After"] = str(int(retry_after_s))
    if status >= 500 and _is_written("unavailable", error.code):
        log.warning("request.unavailable", code=error.code, path=request.path[:MAX_PATH])
    param, errors = details.pop("param", None), details.pop("errors", None)
    more = {"param": param, "errors": errors, "details": details or None}
    return problem(status, error.code, _said(error), headers=headers, **more)


def _said(error: AppError) -> str:
    """The refusal in the words of whoever reads it: a buyer, in the language of the page, or a programmer."""
    return _for_reader(error.code, error.message)


def _for_reader(code: str, message: str) -> str:
    if not request.path.startswith("/sdk/"):
        return message
    return refusal(code, message, preferred(request.accept_languages.values()))


def _from_http_exception(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:  # a redirect that routing asks for is no error
        return error.get_response()  # type: ignore[return-value]
    code = code_for_status(status)
    headers: dict[str, str] = {}
    methods = getattr(error, "valid_methods", None)
    if methods:
        headers["Allow"] = ", ".join(sorted(methods))
    details = {
        404: "This URL does not exist.",
        405: f"{request.method} is not supported here.",
        413: "The body is too large for this endpoint. JSON can be up to 256 kB.",
    }
    detail = _for_reader(code, details.get(status, kind_for(code, status).advice))
    return problem(status, code, detail, headers=headers)


def _public_url() -> str:
    return settings.current().public_url

"""What every page shares: its policy, components and filters, how it looks, and the page of an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, g, redirect, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.log import get_logger
from app.core.web.csp import init_csp
from app.core.web.htmx import init_pages
from app.web.checkout.locale import browser_language
from app.web.filters import init_filters
from app.web.marks import marks_of
from app.web.states import init_states

THEMES = ("system", "light", "dark")
DENSITIES = ("comfortable", "compact")
THEME_COOKIE = "bursar_theme"

FOR_BUYERS = ("/c/", "/f/", "/b/", "/my/", "/files/")
FOR_PROGRAMS = ("/v1/", "/sdk/", "/callbacks/")

csrf = CSRFProtect()

_TITLES = {
    400: N_("Invalid request"),
    401: N_("Please sign in"),
    403: N_("Permission denied"),
    404: N_("Page not found"),
    405: N_("Action not available"),
    409: N_("Something has changed"),
    413: N_("Request too large"),
    422: N_("Unsupported request"),
    429: N_("Too many attempts"),
    503: N_("Back in a moment"),
}

_MESSAGES = {
    400: "Go back, reload the page and try again.",
    404: "The address may be wrong, or the page no longer exists.",
    405: "Go back and use the buttons on the page.",
    413: "Send a smaller file, or less text.",
    415: "Submit the form on the page.",
    429: "Wait a moment, then try again.",
}


@dataclass(frozen=True)
class DisplayPreferences:
    """How this browser wants its pages."""

    theme: str = "system"
    density: str = "comfortable"

    @classmethod
    def from_cookie(cls, text: str | None) -> DisplayPreferences:
        """What the cookie says, as far as it makes sense."""
        theme, _, density = (text or "").partition(".")
        return cls(theme if theme in THEMES else "system", density if density in DENSITIES else "comfortable")

    def __str__(self) -> str:
        return f"{self.theme}.{self.density}"


def error_page(error: Exception) -> Response:
    """The page that tells a person about an exception, and nothing about our insides."""
    headers: dict[str, str] = {}
    if isinstance(error, CSRFError):
        status, code = 400, "csrf"
        message = N_("This page has expired. Go back, reload it and try again.")
    elif isinstance(error, AppError):
        status, code, message = error.http_status, error.code, error.message
        retry_after_s = error.details.get("retry_after_s", 1 if status == 503 else None)
        if retry_after_s is not None:
            headers["Retry-After"] = str(retry_after_s)
    elif isinstance(error, HTTPException) and error.code is not None:
        if error.code < 400:
            return error.get_response(request.environ)  # type: ignore[return-value]
        status, code, message = error.code, "http", _explained(error.code)
    else:
        get_logger().exception("page.failed", path=request.path, method=request.method)
        status, code, message = 500, "internal", N_("Something went wrong on our side. The error has been logged.")
    title = _TITLES.get(status, N_("Something went wrong"))
    is_buyers = request.path.startswith(FOR_BUYERS)
    if is_buyers:
        g.locale = browser_language()
    body = render_template(
        "errors/error.html",
        status=status,
        code=code,
        title=title,
        message=message,
        request_id=g.get("request_id"),
        is_buyers=is_buyers,
    )
    return Response(body, status, headers, mimetype="text/html")


def _explained(status: int) -> str:
    """What to do about an error that is not one of ours; the framework's own texts are for developers."""
    if request.path.startswith(FOR_BUYERS):
        lost = N_("This link is incomplete or has expired. Please go back to the shop.")
        return lost if status == 404 else N_("Something went wrong. Please try again.")
    return _MESSAGES.get(status, "Go back and try again.")


def _for_every_page() -> dict[str, Any]:
    return {"display": DisplayPreferences.from_cookie(request.cookies.get(THEME_COOKIE))}


def _allow_files() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    most_bytes = marks_of(view).most_bytes
    if most_bytes is not None and current_user.is_authenticated:
        request.max_content_length = most_bytes


def _check_csrf() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if not request.path.startswith(FOR_PROGRAMS) and not marks_of(view).without_csrf:
        csrf.protect()


def _keep_private(response: Response) -> Response:
    """Pages hold what only one person may see: no cache keeps them. Static files name their content and stay."""
    if request.endpoint == "static":
        if "v" in request.args:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def init_every_page(app: Flask) -> None:
    """Wire into the app what every page needs: policy, CSRF, components and filters."""
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)  # as long as the session: a form left open is not lost
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # _check_csrf above: programs send keys, not cookies
    csrf.init_app(app)
    app.before_request(_allow_files)
    app.before_request(_check_csrf)
    init_csp(app)
    init_pages(app)
    init_filters(app)
    init_states(app)
    app.context_processor(_for_every_page)
    app.after_request(_keep_private)
    app.add_url_rule("/", "root", lambda: redirect("/portal"))
    app.add_url_rule("/portal/", "root")

"""Signing in and out."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from flask_login import current_user

from app.core import settings
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.web.auth import second, sessions, throttle
from app.web.auth.forms import LogInForm
from app.workflow.accounts.people import use_passkeys
from app.workflow.accounts.people.log_in import log_in as check

blueprint = Blueprint("auth", __name__, url_prefix="/portal")


@blueprint.get("/login")
def log_in() -> Response:
    if current_user.is_authenticated:
        return see_other(_after())
    return _page(LogInForm())


@blueprint.post("/login")
def sign_in() -> Response:
    form = LogInForm()
    if not form.validate():
        return _page(form, status=422)
    if rest_s := throttle.wait_s(form.email.data):
        form.form_errors.append(f"Too many attempts. Try again in {-(-rest_s // 60)} min.")
        return _page(form, status=429)
    user_id = check(form.email.data, form.password.data)
    if user_id is None:
        form.form_errors.append("Incorrect email address or password.")
        return _page(form, status=422)
    throttle.succeeded(form.email.data)
    return see_other(second.go_on(user_id, _after()))


@blueprint.post("/login/passkey")
def sign_in_by_passkey() -> Response:
    form = LogInForm(formdata=None)
    if rest_s := throttle.wait_for_passkey_s():
        form.form_errors.append(f"Too many attempts. Try again in {-(-rest_s // 60)} min.")
        return _page(form, status=429)
    try:
        user_id = use_passkeys.sign_in(request.form.get("passkey", ""))
    except AppError as error:
        form.take_error(error)
        return _page(form, status=error.http_status)
    throttle.passkey_was_right()
    sessions.begin(user_id, second_factor=True)
    return see_other(_after())


@blueprint.post("/logout")
def log_out() -> Response:
    sessions.end()
    return see_other(url_for("auth.log_in"))


def _page(form: LogInForm, *, status: int = 200) -> Response:
    options = use_passkeys.begin_authentication()
    return page(
        "auth/log_in.html",
        form=form,
        next_url=_after(),
        passkey=options,
        site=use_passkeys.site(),
        is_open=settings.current().sign_up == "open",
        status=status,
    )


def _after() -> str:
    return sessions.inside(request.args.get("next", ""))

"""A forgotten password: a mail is asked for, and its link opens a page that takes a new one."""

from __future__ import annotations

from flask import Blueprint, Response, flash, url_for
from wtforms import EmailField, PasswordField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core import mail
from app.core.errors import Invalid
from app.core.security.passwords import MAX_LENGTH, MIN_LENGTH
from app.core.web.forms import Form
from app.core.web.htmx import page, see_other
from app.web.auth import throttle
from app.workflow.accounts.people.change_password import read_token, request_reset, reset_password

blueprint = Blueprint("resetting", __name__, url_prefix="/portal/password")


class ResetRequestForm(Form):
    """Who has forgotten."""

    email = EmailField("Email address", validators=[DataRequired("Enter your email address."), Length(max=320)])


class NewPasswordForm(Form):
    """The new password."""

    password = PasswordField(
        "New password",
        description=f"At least {MIN_LENGTH} characters.",
        validators=[
            InputRequired("Choose a password."),
            Length(min=MIN_LENGTH, max=MAX_LENGTH, message=f"At least {MIN_LENGTH} characters."),
        ],
    )


@blueprint.get("")
def show_request() -> Response:
    return page("auth/forgotten.html", form=ResetRequestForm(formdata=None), sent="", can_mail=mail.is_on())


@blueprint.post("")
def send() -> Response:
    form = ResetRequestForm()
    if not form.validate():
        return _forgotten(form, status=422)
    if rest_s := throttle.wait_for_mail_s(form.email.data):
        form.form_errors.append(f"Too many emails requested. Try again in {-(-rest_s // 60)} min.")
        return _forgotten(form, status=429)
    request_reset(form.email.data)
    return _forgotten(form, sent=form.email.data)


def _forgotten(form: ResetRequestForm, *, sent: str = "", status: int = 200) -> Response:
    return page("auth/forgotten.html", form=form, sent=sent, can_mail=mail.is_on(), status=status)


@blueprint.get("/<token>")
def choose(token: str) -> Response:
    read_token(token)
    return page("auth/new_password.html", form=NewPasswordForm(formdata=None), token=token)


@blueprint.post("/<token>")
def reset(token: str) -> Response:
    named, form = read_token(token), NewPasswordForm()
    if not form.validate():
        return page("auth/new_password.html", form=form, token=token, status=422)
    try:
        reset_password(named, form.password.data)
    except Invalid as error:
        form.take_error(error)
        return page("auth/new_password.html", form=form, token=token, status=422)
    flash("Your password has been changed. Sign in with the new one.", "good")
    return see_other(url_for("auth.log_in"))

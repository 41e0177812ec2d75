"""Changing one's own password."""

from __future__ import annotations

from flask import Blueprint, Response, flash, url_for
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from app.core.errors import AppError
from app.core.security.passwords import MAX_LENGTH
from app.core.web.htmx import page, see_other
from app.web.auth import throttle
from app.web.auth.resetting import NewPasswordForm
from app.web.portal.access import ANYBODY, actor, needs
from app.workflow.accounts.people.change_password import change_password

blueprint = Blueprint("password", __name__, url_prefix="/account/password")


class ChangeForm(NewPasswordForm):
    """The old and the new one."""

    old = PasswordField(
        "Current password", validators=[InputRequired("Enter your current password."), Length(max=MAX_LENGTH)]
    )


@blueprint.get("")
@needs(ANYBODY)
def index() -> Response:
    return page("portal/accounts/password/index.html", form=ChangeForm(formdata=None))


@blueprint.post("")
@needs(ANYBODY)
def change() -> Response:
    who, form = actor(), ChangeForm()
    if not form.validate():
        return page("portal/accounts/password/index.html", form=form, status=422)
    throttle.check_code(who.user.id)
    try:
        passwords = {"old": form.old.data, "new": form.password.data}
        change_password(who.user.id, session_id=who.session.id, **passwords)
    except AppError as error:
        form.take_error(error, {"wrong_password": "old", "invalid_password": "password", "common_password": "password"})
        return page("portal/accounts/password/index.html", form=form, status=error.http_status)
    throttle.code_was_right(who.user.id)
    flash("Your password has been changed. Your other sessions are signed out.", "good")
    return see_other(url_for("portal.security.index"))

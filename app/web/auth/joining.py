"""Accepting an invitation: as the person who is signed in, or as a new one, whose mailbox the link in a mail proves."""

from __future__ import annotations

from flask import Blueprint, Response, request, session, url_for
from flask_login import current_user
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core import context, ids, mail
from app.core.errors import AppError
from app.core.security.passwords import MAX_LENGTH, MIN_LENGTH
from app.core.web.forms import Form
from app.core.web.htmx import page, see_other
from app.read.accounts.team import OpenInvitation, open_invitation
from app.web.auth import sessions, throttle
from app.workflow.accounts.people import join_team
from app.workflow.accounts.people.link_invitation import Named, read_token

blueprint = Blueprint("joining", __name__, url_prefix="/portal/join")


class JoinForm(Form):
    """A new person."""

    name = StringField("Your name", validators=[DataRequired("Enter your name."), Length(max=join_team.MAX_NAME)])
    password = PasswordField(
        "Password",
        description=f"At least {MIN_LENGTH} characters.",
        validators=[
            InputRequired("Choose a password."),
            Length(min=MIN_LENGTH, max=MAX_LENGTH, message=f"At least {MIN_LENGTH} characters."),
        ],
    )


@blueprint.get("/<token>")
def show(token: str) -> Response:
    named = read_token(token)
    return _page(token, _found(named), JoinForm(formdata=None))


@blueprint.post("/<token>")
def accept(token: str) -> Response:
    """As whom is signed in."""
    named = read_token(token)
    if not current_user.is_authenticated:
        return see_other(url_for("auth.log_in", next=url_for(".show", token=token)))
    user = current_user.user
    _acts(ids.show("usr", user.id))
    join_team.join(named, user.id)
    return _welcome(named)


@blueprint.post("/<token>/mail")
def send(token: str) -> Response:
    """The link that makes an account, to the address alone that was invited."""
    named = read_token(token)
    found, rest_s = _found(named), 0
    if mail.is_on() and not (rest_s := throttle.wait_for_link_s(found.email)):
        details = {"business": found.business, "mode": found.mode, "role": found.role, "inviter": found.inviter}
        join_team.send_link(named, **details)
    return _page(token, found, JoinForm(formdata=None), sent=not rest_s, rest_s=rest_s, status=429 if rest_s else 200)


@blueprint.post("/<token>/new")
def accept_as_new(token: str) -> Response:
    named, form = read_token(token), JoinForm()
    if not named.by_mail:
        return see_other(url_for(".show", token=token))
    found, user_id = _found(named), ids.new_id()
    if not form.validate():
        return _page(token, found, form, status=422)
    _acts(ids.show("usr", user_id))
    try:
        account = {"name": form.name.data, "password": form.password.data}
        join_team.join_as_new(named, user_id=user_id, **account)
    except AppError as error:
        form.take_error(error)
        return _page(token, found, form, status=error.http_status)
    sessions.begin(user_id)
    return _welcome(named)


def _found(named: Named) -> OpenInvitation:
    return open_invitation(named.business_id, named.invitation_id, named.round)


def _acts(actor: str) -> None:
    context.bind(actor=actor, address=request.remote_addr or "")


def _welcome(named: Named) -> Response:
    session["business"] = str(named.business_id)
    return see_other("/portal")


def _page(
    token: str, found: OpenInvitation, form: JoinForm, *, sent: bool = False, rest_s: int = 0, status: int = 200
) -> Response:
    return page(
        "auth/join.html",
        status=status,
        token=token,
        found=found,
        form=form,
        sent=sent,
        can_mail=mail.is_on(),
        user=current_user.user if current_user.is_authenticated else None,
        by_mail=read_token(token).by_mail,
        rest_min=-(-rest_s // 60),
    )

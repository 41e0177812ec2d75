"""How one signs in, and where one is signed in."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError, NotFound
from app.core.web.htmx import page, see_other
from app.lib import qr
from app.read.accounts import portal_sessions
from app.read.accounts.second_factors import factors_of, pending_app, rule_of
from app.web.auth import throttle
from app.web.portal.access import ANYBODY, actor, needs, reauthenticated
from app.web.portal.accounts.security.agents import described
from app.web.portal.accounts.security.forms import FirstCodeForm, PasskeyForm
from app.web.portal.address import typed
from app.workflow.accounts.people import end_sessions, manage_second_factor, use_passkeys
from app.workflow.accounts.people.require_second_factor import require_second_factor

blueprint = Blueprint("security", __name__, url_prefix="/account/security")


@blueprint.get("")
@needs(ANYBODY)
def index() -> Response:
    who = actor()
    return page(
        "portal/accounts/security/index.html",
        sessions=portal_sessions.sessions_of(who.user.id),
        here=who.session.id,
        described=described,
        factors=factors_of(who.user.id),
        site=use_passkeys.site(),
    )


@blueprint.post("/sessions/<session_id>/end")
@needs(ANYBODY)
def end_session(session_id: str) -> Response:
    who, parsed_id = actor(), ids.parse("pse", session_id)
    if parsed_id == who.session.id or not end_sessions.end_session(who.user.id, parsed_id):
        raise NotFound("not_found", "That session has already ended.")
    flash("Session signed out.", "good")
    return see_other(url_for(".index"))


@blueprint.post("/sessions/end")
@needs(ANYBODY)
def end_others() -> Response:
    end_sessions.end_other_sessions(actor().user.id, keep=actor().session.id)
    flash("Other sessions signed out.", "good")
    return see_other(url_for(".index"))


@blueprint.post("/app")
@needs(ANYBODY)
@reauthenticated
def begin_app() -> Response:
    manage_second_factor.begin_app(actor().user.id)
    return see_other(url_for(".app"))


@blueprint.get("/app")
@needs(ANYBODY)
def app() -> Response:
    return _app(FirstCodeForm(formdata=None))


@blueprint.post("/app/confirm")
@needs(ANYBODY)
@reauthenticated
def confirm_app() -> Response:
    who, form = actor(), FirstCodeForm()
    if not form.validate():
        return _app(form, status=422)
    throttle.check_code(who.user.id)
    try:
        codes = manage_second_factor.confirm_app(who.user.id, form.code.data, session_id=who.session.id)
    except AppError as error:
        form.take_error(error, {"wrong_code": "code"})
        return _app(form, status=error.http_status)
    throttle.code_was_right(who.user.id)
    return _added(codes)


@blueprint.post("/app/remove")
@needs(ANYBODY)
@reauthenticated
def remove_app() -> Response:
    manage_second_factor.remove_app(actor().user.id, session_id=actor().session.id)
    flash("Authenticator app removed.", "good")
    return see_other(url_for(".index"))


@blueprint.post("/codes")
@needs(ANYBODY)
@reauthenticated
def renew_codes() -> Response:
    # Answers with a page, as keys.create does: an address that showed codes could be asked for again.
    codes = manage_second_factor.renew_codes(actor().user.id)
    return page("portal/accounts/security/codes.html", codes=codes, is_new=False, status=201)


@blueprint.post("/passkeys/new")
@needs(ANYBODY)
@reauthenticated
def new_passkey() -> Response:
    form = PasskeyForm(formdata=None, data={"name": described(request.headers.get("User-Agent", ""))})
    return _new_passkey(form)


@blueprint.post("/passkeys")
@needs(ANYBODY)
@reauthenticated
def add_passkey() -> Response:
    who, form = actor(), PasskeyForm()
    if not form.validate():
        return _new_passkey(form, status=422)
    answer, name = request.form.get("passkey", ""), form.name.data
    try:
        codes = use_passkeys.register(who.user.id, answer, name=name, session_id=who.session.id)
    except AppError as error:
        form.take_error(error)
        return _new_passkey(form, status=error.http_status)
    return _added(codes)


@blueprint.post("/passkeys/<passkey_id>/remove")
@needs(ANYBODY)
@reauthenticated
def remove_passkey(passkey_id: str) -> Response:
    who = actor()
    use_passkeys.remove(who.user.id, ids.parse("pky", passkey_id), session_id=who.session.id)
    flash("Passkey removed. Delete it in your browser or password manager as well.", "good")
    return see_other(url_for(".index"))


@blueprint.get("/rule")
@needs("team.write")
def rule() -> Response:
    cursor = typed("cursor")
    return page("portal/accounts/security/rule.html", rule=rule_of(actor().business_id, cursor=cursor), cursor=cursor)


@blueprint.post("/rule")
@needs("team.write")
@reauthenticated
def set_rule() -> Response:
    who, is_on = actor(), request.form.get("ask") == "on"
    try:
        require_second_factor(who.business_id, is_on=is_on, user_id=who.user.id)
    except AppError as error:
        flash(error.message, "bad")
        return see_other(url_for(".index"))
    flash(
        "Two-step verification is now required for all members."
        if is_on
        else "Two-step verification is no longer required.",
        "good",
    )
    return see_other(url_for(".rule"))


def _added(codes: list[str]) -> Response:
    """A factor was added: the codes that came with it, or back to the list."""
    if codes:
        return page("portal/accounts/security/codes.html", codes=codes, is_new=True, status=201)
    flash("Done.", "good")
    return see_other(url_for(".index"))


def _new_passkey(form: PasskeyForm, *, status: int = 200) -> Response:
    user = actor().user
    options = use_passkeys.begin_registration(user.id, email=user.email, name=user.name)
    return page("portal/accounts/security/new_passkey.html", form=form, options=options, status=status)


def _app(form: FirstCodeForm, *, status: int = 200) -> Response:
    user = actor().user
    pending = pending_app(user.id, user.email)
    if pending is None:
        return see_other(url_for(".index"))
    code = qr.draw(pending.address)
    return page("portal/accounts/security/app.html", form=form, pending=pending, code=code, status=status)

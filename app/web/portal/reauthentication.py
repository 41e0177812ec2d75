"""Fresh proof: what moves money out, makes secrets or lets people in is done by somebody who showed a moment ago who
they are. Who has not is asked first, on a page that keeps what was typed and sends it on together with the proof."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, g, request, url_for
from flask_login import current_user

from app.core import clock
from app.core.errors import AppError, Denied
from app.core.web.htmx import page
from app.read.accounts.people import SignedInUser
from app.read.accounts.portal_sessions import REAUTHENTICATION_LASTS, Session
from app.read.accounts.second_factors import factors_of
from app.web.auth import throttle
from app.workflow.accounts.people import use_passkeys
from app.workflow.accounts.people.begin_session import record_reauthentication
from app.workflow.accounts.people.check_second_factor import check_second_factor
from app.workflow.accounts.people.log_in import log_in

FIELD, PASSKEY = "credential", "passkey"


class ReauthenticationRequired(Denied):
    """The last proof is too long ago, or the one given now is wrong (then `said` tells so)."""

    default_code = "reauthentication_required"

    def __init__(self, problem: str = "", *, status: int = 403) -> None:
        super().__init__(message=problem)
        self.problem, self.http_status = problem, status


def require(login_session: Session, lasts: timedelta = REAUTHENTICATION_LASTS) -> None:
    """Go on only with proof that is younger than `lasts`: of the sign-in, or sent along with this request.

    Raises:
        ReauthenticationRequired: there is none; `ask` answers it.
    """
    if clock.actual() < login_session.reauthenticated_at + lasts:
        return
    credential, passkey = request.form.get(FIELD, ""), request.form.get(PASSKEY, "")
    if not credential and not passkey:
        raise ReauthenticationRequired
    if rest_s := throttle.wait_for_code_s(login_session.user.id):
        raise ReauthenticationRequired(f"Too many attempts. Try again in {-(-rest_s // 60)} min.", status=429)
    if not (_is_valid_passkey(login_session.user, passkey) if passkey else _is_valid(login_session.user, credential)):
        raise ReauthenticationRequired("Incorrect or already used.", status=422)
    throttle.code_was_right(login_session.user.id)
    record_reauthentication(login_session.id)


def _is_valid(user: SignedInUser, credential: str) -> bool:
    """Who has a second factor proves themselves by it: the password may be what was stolen."""
    if factors_of(user.id).any:
        return check_second_factor(user.id, credential)
    return log_in(user.email, credential) == user.id


def _is_valid_passkey(user: SignedInUser, answer: str) -> bool:
    try:
        return use_passkeys.sign_in(answer, user_id=user.id) == user.id
    except AppError:
        return False


def show(needed: ReauthenticationRequired) -> Response:
    """The page that asks for it, with everything that was to be sent; in the console as in the portal."""
    user = current_user.user
    in_console = "actor" not in g
    factors = factors_of(user.id)
    fields = [(name, value) for name, values in request.form.lists() for value in values]
    return page(
        "portal/accounts/security/reauthenticate.html",
        action=request.full_path.rstrip("?"),
        kept=[(name, value) for name, value in fields if name not in (FIELD, PASSKEY, "csrf_token")],
        problem=needed.problem,
        factors=factors,
        options=use_passkeys.begin_authentication(user.id) if factors.passkeys else "",
        layout="layouts/operator.html" if in_console else "layouts/portal.html",
        back=url_for("operator.index" if in_console else "portal.home.index"),
        minutes=int(REAUTHENTICATION_LASTS.total_seconds()) // 60,
        status=needed.http_status,
    )


def init_reauthentication(app: Flask) -> None:
    """Answer what needs fresh proof with the page that asks for it."""
    app.register_error_handler(ReauthenticationRequired, show)

"""Fresh proof: what moves money out, makes secrets or lets people in is done by somebody who showed a moment ago who
they are. Who has not is asked first, on a page that keeps what was typed and sends it on together with the proof."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, g, request, url_for
from flask_login import current_user

from app.core import clock
from app.core.errors import AppError, Denied
from app.core.web.htmx import page
from app.read.accounts.people import Somebody
from app.read.accounts.portal_sessions import Session
from app.read.accounts.second_factors import factors_of
from app.web.auth import throttle
from app.workflow.accounts import use_passkeys
from app.workflow.accounts.begin_session import note_proof
from app.workflow.accounts.check_second_factor import check_second_factor
from app.workflow.accounts.log_in import log_in

LASTS = timedelta(minutes=15)
LASTS_FOR_REFUNDS = timedelta(hours=4)  # what somebody does all day is asked for twice of it
FIELD, PASSKEY = "proof", "passkey"


class ProofNeeded(Denied):
    """The last proof is too long ago, or the one given now is wrong (then `said` tells so)."""

    default_code = "proof_needed"

    def __init__(self, said: str = "", *, status: int = 403) -> None:
        super().__init__(message=said)
        self.said, self.http_status = said, status


def require(held: Session, lasts: timedelta = LASTS) -> None:
    """Go on only with proof that is younger than `lasts`: of the sign-in, or sent along with this request.

    Raises:
        ProofNeeded: there is none; `ask` answers it.
    """
    if clock.now() < held.proved_at + lasts:
        return
    given, passkey = request.form.get(FIELD, ""), request.form.get(PASSKEY, "")
    if not given and not passkey:
        raise ProofNeeded
    if rest_s := throttle.wait_for_code_s(held.person.id):
        raise ProofNeeded(f"Too many attempts. Try again in {-(-rest_s // 60)} min.", status=429)
    if not (_has_passkey(held.person, passkey) if passkey else _is_right(held.person, given)):
        raise ProofNeeded("Incorrect or already used.", status=422)
    throttle.code_was_right(held.person.id)
    note_proof(held.id)


def _is_right(person: Somebody, given: str) -> bool:
    """Who has a second factor proves themselves by it: the password may be what was stolen."""
    if factors_of(person.id).any:
        return check_second_factor(person.id, given)
    return log_in(person.email, given) == person.id


def _has_passkey(person: Somebody, answer: str) -> bool:
    try:
        return use_passkeys.sign_in(answer, person_id=person.id) == person.id
    except AppError:
        return False


def ask(needed: ProofNeeded) -> Response:
    """The page that asks for it, with everything that was to be sent; in the console as in the portal."""
    person = current_user.somebody
    in_console = "actor" not in g
    factors = factors_of(person.id)
    kept = [(name, value) for name, values in request.form.lists() for value in values]
    return page(
        "portal/accounts/security/prove.html",
        action=request.full_path.rstrip("?"),
        kept=[(name, value) for name, value in kept if name not in (FIELD, PASSKEY, "csrf_token")],
        said=needed.said,
        factors=factors,
        asked=use_passkeys.ask_to_sign_in(person.id) if factors.passkeys else "",
        layout="layouts/operator.html" if in_console else "layouts/portal.html",
        back=url_for("operator.index" if in_console else "portal.home.index"),
        minutes=int(LASTS.total_seconds()) // 60,
        status=needed.http_status,
    )


def init_proof(app: Flask) -> None:
    """Answer what needs fresh proof with the page that asks for it."""
    app.register_error_handler(ProofNeeded, ask)

"""The second step of signing in, for those who have set one up: a code after the password."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request, session, url_for

from app.core import clock
from app.core.web.htmx import page, see_other
from app.read.accounts.second_factors import factors_of
from app.web.auth import sessions, throttle
from app.web.auth.forms import CodeForm
from app.workflow.accounts import use_passkeys
from app.workflow.accounts.check_second_factor import check_second_factor

blueprint = Blueprint("second", __name__, url_prefix="/portal/login")
HALF = "half"  # in the session: who has given the right password, and when
WAITS_S = 600


def go_on(person_id: uuid.UUID, after: str) -> str:
    """The password was right: where that leads. Whoever has no second factor is signed in."""
    if not factors_of(person_id).any:
        sessions.begin(person_id)
        return after
    session.clear()
    session[HALF] = [str(person_id), int(clock.now().timestamp())]
    return url_for("second.ask", next=after)


@blueprint.get("/second")
def ask() -> Response:
    if _who() is None:
        return see_other(url_for("auth.log_in", next=_after()))
    return _page(CodeForm(formdata=None))


@blueprint.post("/second")
def check() -> Response:
    form, person_id = CodeForm(), _who()
    if person_id is None:
        return see_other(url_for("auth.log_in", next=_after()))
    if not form.validate():
        return _page(form, status=422)
    if rest_s := throttle.wait_for_code_s(person_id):
        form.form_errors.append(f"Too many attempts. Try again in {-(-rest_s // 60)} min.")
        return _page(form, status=429)
    if not check_second_factor(person_id, form.code.data):
        form.form_errors.append("The code is incorrect or was already used.")
        return _page(form, status=422)
    throttle.code_was_right(person_id)
    sessions.begin(person_id, second_factor=True)
    return see_other(_after())


def _who() -> uuid.UUID | None:
    """Whoever gave the right password a moment ago."""
    try:
        person_id, at = session[HALF]
        return uuid.UUID(person_id) if clock.now().timestamp() - at < WAITS_S else None
    except (KeyError, TypeError, ValueError):
        return None


def _after() -> str:
    return sessions.inside(request.args.get("next", ""))


def _page(form: CodeForm, *, status: int = 200) -> Response:
    person_id = _who()
    assert person_id is not None
    factors, asked = factors_of(person_id), use_passkeys.ask_to_sign_in(person_id)
    by_paper = factors.app_since is None or request.args.get("with") == "recovery"
    return page(
        "auth/second.html",
        form=form,
        next_url=_after(),
        by_paper=by_paper,
        factors=factors,
        passkey=asked,
        site=use_passkeys.site(),
        status=status,
    )

"""The second step of signing in, for those who have set one up: a code after the password."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request, session, url_for

from app.core import clock
from app.core.web.htmx import page, see_other
from app.read.accounts.second_factors import factors_of
from app.web.auth import sessions, throttle
from app.web.auth.forms import CodeForm
from app.workflow.accounts.people import use_passkeys
from app.workflow.accounts.people.check_second_factor import check_second_factor

blueprint = Blueprint("second", __name__, url_prefix="/portal/login")
HALF = "half"  # in the session: who has given the right password, and when
WAITS_S = 600


def go_on(user_id: uuid.UUID, after: str) -> str:
    """The password was right: where that leads. Whoever has no second factor is signed in."""
    if not factors_of(user_id).any:
        sessions.begin(user_id)
        return after
    session.clear()
    session[HALF] = [str(user_id), int(clock.actual().timestamp())]
    return url_for("second.show_code", next=after)


@blueprint.get("/second")
def show_code() -> Response:
    if _who() is None:
        return see_other(url_for("auth.log_in", next=_after()))
    return _page(CodeForm(formdata=None))


@blueprint.post("/second")
def check() -> Response:
    form, user_id = CodeForm(), _who()
    if user_id is None:
        return see_other(url_for("auth.log_in", next=_after()))
    if not form.validate():
        return _page(form, status=422)
    if rest_s := throttle.wait_for_code_s(user_id):
        form.form_errors.append(f"Too many attempts. Try again in {-(-rest_s // 60)} min.")
        return _page(form, status=429)
    if not check_second_factor(user_id, form.code.data):
        form.form_errors.append("The code is incorrect or was already used.")
        return _page(form, status=422)
    throttle.code_was_right(user_id)
    sessions.begin(user_id, second_factor=True)
    return see_other(_after())


def _who() -> uuid.UUID | None:
    """Whoever gave the right password a moment ago."""
    try:
        user_id, at = session[HALF]
        return uuid.UUID(user_id) if clock.actual().timestamp() - at < WAITS_S else None
    except (KeyError, TypeError, ValueError):
        return None


def _after() -> str:
    return sessions.inside(request.args.get("next", ""))


def _page(form: CodeForm, *, status: int = 200) -> Response:
    user_id = _who()
    assert user_id is not None
    factors, options = factors_of(user_id), use_passkeys.begin_authentication(user_id)
    by_recovery_code = factors.app_since is None or request.args.get("with") == "recovery"
    return page(
        "auth/second.html",
        form=form,
        next_url=_after(),
        by_recovery_code=by_recovery_code,
        factors=factors,
        passkey=options,
        site=use_passkeys.site(),
        status=status,
    )

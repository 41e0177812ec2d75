"""The page of the link that cancels what somebody decided alone. Whoever has the mail may: it only keeps things from
being done."""

from __future__ import annotations

from flask import Blueprint, Response

from app.core import context
from app.core.errors import Conflict
from app.core.web.htmx import page
from app.read.accounts.approvals import get_approval
from app.workflow.accounts.approvals.decide_alone import BY_WAITING, call_off
from app.workflow.accounts.approvals.link_cancellation import read_token

blueprint = Blueprint("cancelling", __name__, url_prefix="/portal/cancel")


@blueprint.get("/<token>")
def show(token: str) -> Response:
    named = read_token(token)
    row = get_approval(named.business_id, named.approval_id)
    waits = row.status == "approved" and row.decided_by == BY_WAITING and row.alone_checked_at is None
    return page("auth/cancel.html", token=token, row=row, waits=waits, is_cancelled=False)


@blueprint.post("/<token>")
def cancel(token: str) -> Response:
    named = read_token(token)
    context.bind(business_id=str(named.business_id), actor=named.actor)
    try:
        call_off(named.business_id, named.approval_id, actor=named.actor)
        is_cancelled = True
    except Conflict:
        is_cancelled = False
    row = get_approval(named.business_id, named.approval_id)
    return page("auth/cancel.html", token=token, row=row, waits=False, is_cancelled=is_cancelled)

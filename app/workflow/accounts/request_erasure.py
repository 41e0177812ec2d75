"""Erasing a buyer takes two people: one asks, somebody else who may change settings approves. Who is alone in the team
erases alone, with fresh proof, and that nobody else was there is kept with it."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import clock, db, ids
from app.core.errors import Conflict, Denied
from app.core.ids import new_id, show
from app.domain.accounts.business import independence, rules
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.accounts.business.models import Approval, Membership
from app.domain.accounts.business.states import ApprovalStatus
from app.workflow.accounts import erase_buyer
from app.workflow.steps.accounts import request_approval
from app.workflow.steps.accounts.access_of import access_of
from app.workflow.steps.accounts.principals_of import OPERATOR, accountable_principals

DECIDES = "settings.write"
MAX_ROWS = 10_000
approvals, members = db.table(Approval), db.table(Membership)


def erase_or_request(
    business_id: uuid.UUID, *, by: str, value: str, reason: str, actor: str
) -> tuple[str, int] | ApprovalNeeded:
    """Erase the buyer named `by` reference, email or phone when `actor` is alone in the team: (pseudonym, how many
    rows). Otherwise request an approval, and return the error that names it.

    Raises:
        Invalid: no such way to name a buyer. Conflict: an order or money of theirs is open, or another owner was
        removed lately. Denied: a key asks where nobody could approve it.
    """
    buyer = erase_buyer.find_buyer(business_id, **{by: value})
    if not rules.is_person_or_key(actor):
        return erase_buyer.erase_buyer(business_id, buyer, reason=reason, requested_by=actor, agreed="operator")
    with db.phase("request_erasure.ask", business_id):
        erase_buyer.check_nothing_open(business_id, buyer)
        if not _is_alone(actor):
            return _request(by, value, reason, actor)
    return erase_buyer.erase_buyer(business_id, buyer, reason=reason, requested_by=actor, agreed="alone")


def is_alone(business_id: uuid.UUID, actor: str) -> bool:
    """Whether no other member could approve what this person requests."""
    with db.reading(business_id):
        return not _others(ids.try_parse(actor, "usr"))


def carry_out_erasure(business_id: uuid.UUID, approval: Approval) -> None:
    """Carry out an approved erasure. Safe to call again.

    Raises:
        Conflict: an order of theirs is under way meanwhile, or they have money in a wallet.
    """
    if erase_buyer.finish(business_id, approval.id):
        return
    payload = approval.payload
    buyer = erase_buyer.find_buyer(business_id, **{payload["by"]: payload["value"]})
    details = {"reason": approval.reason, "requested_by": approval.requested_by}
    erase_buyer.erase_buyer(business_id, buyer, agreed="approved", approval_id=approval.id, **details)


def _request(by: str, value: str, reason: str, actor: str) -> ApprovalNeeded:
    payload = {"by": by, "value": value}
    waits = (
        approvals.c.business_id == db.here(),
        approvals.c.kind == "erasure",
        approvals.c.status == ApprovalStatus.REQUESTED,
    )
    still = approvals.c.payload == payload, approvals.c.expires_at > clock.actual()
    known = db.scalar(select(approvals.c.id).where(*waits, *still).limit(1))
    approval_id = known or request_approval.request("erasure", new_id(), actor=actor, reason=reason, payload=payload)
    return request_approval.approval_required(approval_id, "Erasing a buyer")


def _is_alone(actor: str) -> bool:
    """In the open phase. Nobody becomes alone by removing the others."""
    accountable_principals(actor)
    user_id = ids.try_parse(actor, "usr")
    if user_id is None:
        if len(_others(None)) < 2 and not actor.startswith(OPERATOR):
            text = "Nobody else can approve this. Erase the buyer in the portal after verifying your identity."
            raise Denied("erasure_needs_person", text)
        return False
    if _others(user_id):
        return False
    since = clock.actual() - independence.REMEMBERED
    here = members.c.business_id == db.here(), members.c.user_id != user_id
    removed = db.scalar(
        select(members.c.ownership_ended_at).where(*here, members.c.ownership_ended_at > since).limit(1)
    )
    if removed is not None:
        text = (
            "Another owner who could have approved this was removed in the last seven days. Wait until seven days "
            "have passed, or add another member."
        )
        raise Conflict("second_person_left", text)
    return True


def _others(user_id: uuid.UUID | None) -> list[uuid.UUID]:
    """Who could decide, without this person."""
    here = members.c.business_id == db.here(), members.c.left_at.is_(None)
    memberships = db.rows(select(members.c.user_id).where(*here).limit(MAX_ROWS))
    people = [row.user_id for row in memberships if row.user_id != user_id]
    return [each for each in people if DECIDES in access_of(show("usr", each)).permissions]

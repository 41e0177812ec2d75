"""Membership time that people or keys give: to somebody new, or on top of what a member has."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core import clock, db
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.domain.buyers.queries import current_reference
from app.domain.catalog.models import Product, Sku
from app.domain.fulfilment import members, rules
from app.domain.fulfilment.members import Contact, Member, NewChange, NewTime
from app.domain.fulfilment.membership import Bought
from app.domain.fulfilment.models import BuyerMembership
from app.workflow.steps.fulfilment.delivery_kinds import ENTITLEMENT
from app.workflow.steps.fulfilment.hold_membership import hold_membership, known_change

DAY_S = 86_400


@dataclass(frozen=True, kw_only=True)
class GrantCommand:
    """So many days at a SKU's level for a buyer; how to write to them, where they have no order."""

    buyer: str
    sku_id: uuid.UUID
    days: int
    email: str | None = None
    locale: str | None = None


def grant_membership(
    business_id: uuid.UUID, command: GrantCommand, *, reason: str, actor: str, change_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Give days at the SKU's level, stacked as if they had been bought (but worth nothing when converted); the
    membership's id. A second call with the same `change_id` changes nothing.

    Raises:
        NotFound: no such SKU. Conflict: its product is no membership. Invalid: too few or too many days.
        ApprovalNeeded: so many need somebody else, who was asked. ApprovalRefused: they said no.
    """
    check_days(command.days)
    change_id, held_back = change_id or new_id(), None
    with db.phase("grant_membership.grant", business_id):
        done = known_change(change_id)
        if done is not None:
            return done
        sku = sku_of(command.sku_id)
        payload = {"member": command.buyer, "sku_id": str(sku.id), "email": command.email, "locale": command.locale}
        held_back = hold_membership(command.buyer, command.days, change_id, payload, reason=reason, actor=actor)
        if held_back is None:
            pair = (current_reference(command.buyer), sku.product_id)
            member = members.locked([pair])[pair]
            level = level_of(sku)
            contact = Contact(email=command.email, locale=command.locale)
            change = NewChange(id=change_id, kind="granted", seconds=command.days * DAY_S, reason=reason, actor=actor)
            return give(member, level, change, contact=contact)
    raise held_back


def extend_membership(
    business_id: uuid.UUID,
    membership_id: uuid.UUID,
    days: int,
    *,
    reason: str,
    actor: str,
    change_id: uuid.UUID | None = None,
) -> None:
    """Give days on top of what the member has, at the level that runs last. Raises as `grant_membership`; NotFound: no
    such membership."""
    check_days(days)
    change_id, held_back = change_id or new_id(), None
    with db.phase("grant_membership.extend", business_id):
        if known_change(change_id) is not None:
            return
        row = db.get(BuyerMembership, membership_id)
        payload = {"member": row.buyer_reference, "membership_id": str(membership_id)}
        held_back = hold_membership(row.buyer_reference, days, change_id, payload, reason=reason, actor=actor)
        if held_back is None:
            pair = (row.buyer_reference, row.product_id)
            member = members.locked([pair])[pair]
            last = max(member.rows, key=lambda each: (each.ends_at, each.granted_at))
            level = {"level": last.level, "rank": last.rank, "upgrade": "keep"}
            change = NewChange(id=change_id, kind="extended", seconds=days * DAY_S, reason=reason, actor=actor)
            give(member, level, change)
    if held_back is not None:
        raise held_back


def grant_approved(
    business_id: uuid.UUID, payload: Mapping[str, Any], *, reason: str, actor: str, change_id: uuid.UUID
) -> None:
    """Carry out what an approval was asked for."""
    days: int = payload["change"]
    if "membership_id" in payload:
        membership_id = uuid.UUID(payload["membership_id"])
        extend_membership(business_id, membership_id, days, reason=reason, actor=actor, change_id=change_id)
        return
    command = GrantCommand(
        buyer=payload["member"],
        sku_id=uuid.UUID(payload["sku_id"]),
        days=days,
        email=payload["email"],
        locale=payload["locale"],
    )
    grant_membership(business_id, command, reason=reason, actor=actor, change_id=change_id)


_OPTIONS: dict[str, str | int] = {"level": "", "rank": 0, "upgrade": "keep"}


def level_of(sku: Sku) -> dict[str, Any]:
    """The level that a SKU of a membership gives, and what becomes of a lower one."""
    return {name: sku.deliverable.get(name, default) for name, default in _OPTIONS.items()}


def give(
    member: Member,
    options: Mapping[str, Any],
    change: NewChange,
    *,
    contact: Contact | None = None,
    at: datetime | None = None,
) -> uuid.UUID:
    """In the open phase, with the member locked: give the time of this change, at the level that `options` name; the
    membership's id. Who never had any may have been a member elsewhere since `at`."""
    moment = clock.now()
    new = Bought(id=new_id(), at=at or member.latest(moment), seconds=change.seconds, **options)
    time = NewTime(bought=new, change_id=change.id)
    return members.rewrite(member, moment, new=[time], change=change, contact=contact)


def check_days(days: int) -> None:
    """Raises: Invalid: none, or too many."""
    if not 0 < days <= rules.MAX_DAYS:
        message = f"Enter 1 to {rules.MAX_DAYS:,} days."
        raise Invalid("invalid_membership", message, details={"param": "days"})


def sku_of(sku_id: uuid.UUID) -> Sku:
    """In the open phase: the SKU, which is one of a membership.

    Raises:
        NotFound: no such SKU. Conflict: it hands over something else.
    """
    sku = db.get(Sku, sku_id)
    if db.get(Product, sku.product_id).delivery_kind != ENTITLEMENT:
        raise Conflict("other_delivery", "This product is no membership.")
    return sku

"""What is left of a membership goes to another buyer. When the order that it came from is refunded, it ends there."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

from app.core import clock, db
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.domain.buyers.queries import current_reference
from app.domain.fulfilment import members
from app.domain.fulfilment.members import Member, NewChange, NewTime
from app.domain.fulfilment.membership import Left, left_of
from app.domain.fulfilment.models import BuyerMembership
from app.lib.some import some
from app.workflow.fulfilment.shorten_membership import cut
from app.workflow.steps.fulfilment.hold_membership import hold_membership, known_change

DAY_S = 86_400


def move_membership(
    business_id: uuid.UUID,
    membership_id: uuid.UUID,
    buyer: str,
    *,
    reason: str,
    actor: str,
    change_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Move all that is left to `buyer`, on top of what they have; their membership's id. A second call with the same
    `change_id` changes nothing.

    Raises:
        NotFound: no such membership. Conflict: it has ended. Invalid: it is this buyer's already.
        ApprovalNeeded: so many days need somebody else, who was asked. ApprovalRefused: they said no.
    """
    change_id, held_back = change_id or new_id(), None
    with db.phase("move_membership.move", business_id):
        done = known_change(change_id)
        if done is not None:
            return done
        row, buyer = db.get(BuyerMembership, membership_id), current_reference(buyer)
        if row.buyer_reference == buyer:
            message = "This membership is this buyer's already."
            raise Invalid("invalid_membership", message, details={"param": "buyer_reference"})
        pairs = [(row.buyer_reference, row.product_id), (buyer, row.product_id)]
        found = members.locked(pairs)
        source, target = found[pairs[0]], found[pairs[1]]
        now = source.latest(clock.now())
        left = left_of(source.purchases, now)
        if not any(each.ends_at is not None for each in left):
            raise Conflict("membership_ended", "This membership has ended. There is nothing to move.")
        payload = {"member": buyer, "from_id": str(membership_id)}
        days = ceil(sum(each.left_us for each in left) / 1_000_000 / DAY_S)
        held_back = hold_membership(buyer, days, change_id, payload, reason=reason, actor=actor)
        if held_back is None:
            seconds = cut(source, now, None)
            here = NewChange(
                id=change_id,
                kind="moved_here",
                seconds=seconds,
                reason=reason,
                actor=actor,
                other_id=membership_id,
            )
            return _move(source, target, left, here)
    raise held_back


def move_approved(
    business_id: uuid.UUID, payload: Mapping[str, Any], *, reason: str, actor: str, change_id: uuid.UUID
) -> None:
    """Carry out what an approval was asked for."""
    from_id = uuid.UUID(payload["from_id"])
    move_membership(business_id, from_id, payload["member"], reason=reason, actor=actor, change_id=change_id)


def _move(source: Member, target: Member, left: Sequence[Left], here: NewChange) -> uuid.UUID:
    moment = target.latest(clock.now())
    roots = {row.id: row.root_id or row.id for row in source.rows}
    # In the order in which they were bought: later ones do to earlier ones what they did before.
    bought_in = {row.id: number for number, row in enumerate(source.rows)}
    new = [
        NewTime(
            bought=replace(
                each.bought, id=new_id(), at=moment, shortened_us=each.bought.seconds * 1_000_000 - each.left_us
            ),
            change_id=here.id,
            root_id=roots[each.bought.id],
        )
        for each in sorted(left, key=lambda each: bought_in[each.bought.id])
    ]
    target_id = members.rewrite(target, moment, new=new, change=here)
    away = replace(here, id=new_id(), kind="moved_away", seconds=-here.seconds, other_id=target_id)
    members.note(some(here.other_id), away)
    return target_id

"""Two rows that are one person become one: everything of one is the other's from then on.

One phase does it, so a process that dies leaves either both or one. What is ordered in the moment of it under the old
reference is moved by `follow_due`, which looks again for a day.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update

from app.core import clock, db, outbox, states
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id, show
from app.domain.buyers import service
from app.domain.buyers.errors import CannotMerge
from app.domain.buyers.models import Buyer, BuyerConsent, BuyerMerge, BuyerNote
from app.domain.buyers.rules import filled
from app.domain.buyers.states import BUYER, BuyerStatus
from app.domain.marketing.models import Coupon
from app.domain.orders.models import Order
from app.workflow.steps.buyers.move_ownership import Moved, move_ownership
from app.workflow.steps.operations import due

LOOKS_AGAIN = timedelta(days=1)
BATCH = 200
buyers, merges = db.table(Buyer), db.table(BuyerMerge)


def merge_buyers(
    business_id: uuid.UUID,
    buyer_id: uuid.UUID,
    *,
    into: uuid.UUID,
    reason: str,
    actor: str,
    merge_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Merge a buyer into another one; the merge's id. The other keeps what is said of them and gets what they lack.
    Emits `buyer.merged` and, when anything of the other became another, `buyer.updated`. A second call changes nothing.

    Raises:
        NotFound: there is no such buyer. CannotMerge: they are the same, or as `move_ownership` says.
        BuyerGone: one of them was merged into somebody else, or erased. NoChannel: the business keeps no wallets, and
        there is money in one.
    """
    merge_id = merge_id or new_id()
    with db.phase("merge_buyers.merge", business_id):
        merged, target = _both(buyer_id, into)
        if buyer_id == into:
            raise CannotMerge("cannot_merge", "A buyer cannot be merged into themselves.", details={"param": "into"})
        if merged.merged_into_id == target.id:
            return merge_id
        service.check_active(merged)
        service.check_active(target)
        merge_here(merged, target, reason=reason, actor=actor, merge_id=merge_id)
    return merge_id


@dataclass(frozen=True)
class MergeLook:
    """What a merge would do: how much moves, by what it is (wallets in minor units, as `wallet_USD`), and which columns
    of the other one are filled. `obstacle` is what stands in its way."""

    moved: Mapping[str, int]
    filled: Sequence[str]
    obstacle: str = ""


def look_at_merge(business_id: uuid.UUID, buyer_id: uuid.UUID, *, into: uuid.UUID, actor: str) -> MergeLook:
    """What merging a buyer into another one would do: it is done, and undone at once.

    Raises:
        NotFound: there is no such buyer.
    """
    seen: list[MergeLook] = []
    try:
        with db.phase("merge_buyers.look", business_id):
            merged, target = _both(buyer_id, into)
            if merged.id == target.id:
                raise CannotMerge("cannot_merge", "A buyer cannot be merged into themselves.")
            service.check_active(merged)
            service.check_active(target)
            moved = move_ownership(merged.reference, target.reference, seed=new_id(), reason="look", actor=actor)
            seen.append(MergeLook(moved, sorted(set(filled(target, merged)) - {"changed_at"})))
            raise _Undo
    except _Undo:
        return seen[0]
    except NotFound:
        raise
    except (Conflict, Invalid) as error:
        return MergeLook({}, (), error.message)


class _Undo(Exception):
    """Takes back what a look did."""


def merge_here(merged: Buyer, target: Buyer, *, reason: str, actor: str, merge_id: uuid.UUID) -> Moved:
    """The same in the open phase, for two active buyers, both locked."""
    moved = move_ownership(merged.reference, target.reference, seed=merge_id, reason=reason, actor=actor)
    now = clock.now()
    states.advance(
        BUYER,
        merged,
        BuyerStatus.MERGED,
        reason=reason,
        actor=actor,
        payload={"merged_into_id": str(target.id)},
        merged_into_id=target.id,
        ended_at=now,
        changed_at=now,
    )
    # Who was merged into this one is the other's too: one step, however often.
    db.run(update(Buyer).where(_here(), buyers.c.merged_into_id == merged.id).values(merged_into_id=target.id))
    _fill(target, merged)
    notes = db.table(BuyerNote)
    mine = notes.c.business_id == db.here(), notes.c.buyer_id == merged.id
    db.run(update(BuyerNote).where(*mine).values(buyer_id=target.id))
    _take_consents(merged.id, target.id)
    db.add(
        BuyerMerge, id=merge_id, buyer_id=merged.id, into_id=target.id, moved=dict(moved), reason=reason, actor=actor
    )
    return moved


def follow_due() -> int:
    """Move what came to merged buyers in the moment of their merge; for how many there was something."""
    return due.process(_due, _follow)


def _follow(business_id: uuid.UUID, buyer_id: uuid.UUID) -> bool:
    with db.phase("merge_buyers.follow", business_id):
        merged = db.get(Buyer, buyer_id)
        if merged.merged_into_id is None:
            return False
        merged, target = _both(buyer_id, merged.merged_into_id)
        if target.status != BuyerStatus.ACTIVE:
            return False
        moved = move_ownership(
            merged.reference, target.reference, seed=new_id(), reason="after the merge", actor="system"
        )
    return bool(moved)


def _due() -> list[tuple[uuid.UUID, uuid.UUID]]:
    orders, coupons = db.table(Order), db.table(Coupon)
    still = [
        select(table.c.id).where(
            table.c.business_id == buyers.c.business_id, table.c.buyer_reference == buyers.c.reference
        )
        for table in (orders, coupons)
    ]
    late = buyers.c.status == BuyerStatus.MERGED, buyers.c.merged_into_id.is_not(None)
    recent = buyers.c.ended_at > clock.now() - LOOKS_AGAIN
    with db.system_reading():
        found = select(buyers.c.business_id, buyers.c.id).where(*late, recent, or_(*(each.exists() for each in still)))
        return [(row.business_id, row.id) for row in db.rows(found.limit(BATCH))]


def _both(buyer_id: uuid.UUID, other_id: uuid.UUID) -> tuple[Buyer, Buyer]:
    """Both, locked in the order of their ids."""
    wanted = select(buyers).where(_here(), buyers.c.id.in_((buyer_id, other_id)))
    found = {row.id: row for row in db.rows(wanted.order_by(buyers.c.id).with_for_update())}
    for each in (buyer_id, other_id):
        if each not in found:
            raise NotFound("not_found", f"There is no buyer {show('byr', each)}.")
    return found[buyer_id], found[other_id]


def _fill(target: Buyer, merged: Buyer) -> None:
    values = filled(target, merged)
    if values:
        db.write(db.change(Buyer, target.id, changed_at=clock.now(), **values), expect=1)
        outbox.emit("buyer.updated", aggregate_id=target.id, payload={"buyer_id": str(target.id)})


def _take_consents(merged_id: uuid.UUID, target_id: uuid.UUID) -> None:
    """What the merged one agreed to last, of each kind that the other never said anything about."""
    table = db.table(BuyerConsent)
    mine = table.c.business_id == db.here(), table.c.buyer_id.in_((merged_id, target_id))
    rows: Sequence[BuyerConsent] = db.rows(select(table).where(*mine).order_by(table.c.id))
    said = {row.kind for row in rows if row.buyer_id == target_id}
    latest = {row.kind: row for row in rows if row.buyer_id == merged_id and row.kind not in said}
    for row in latest.values():
        evidence = {**row.evidence, "from": show("cns", row.id)}
        db.add(
            BuyerConsent,
            buyer_id=target_id,
            kind=row.kind,
            granted=row.granted,
            source=row.source,
            evidence=evidence,
        )


def _here() -> Any:
    return buyers.c.business_id == db.here()

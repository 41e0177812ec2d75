"""A buyer's points: one account each, never below zero, and every entry that made it what it is."""

from __future__ import annotations

import uuid
from typing import NotRequired, TypedDict, Unpack

from sqlalchemy import select

from app.core import db
from app.core.ids import named, new_id
from app.domain.fulfilment.errors import InsufficientPoints
from app.domain.fulfilment.models import PointsAccount, PointsEntry

_ACCOUNTS = uuid.UUID("0d9f2f5e-9d2b-4a55-8f0e-4c1f2f6a7b90")
accounts = db.table(PointsAccount)
entries = db.table(PointsEntry)


class Why(TypedDict):
    """Who changes points and for what reason; the entry's id, where the caller has one."""

    reason: str
    actor: str
    entry_id: NotRequired[uuid.UUID]


def account_id(buyer: str) -> uuid.UUID:
    """The id of the open phase's business's account of this buyer; it follows from whose it is."""
    return named(_ACCOUNTS, f"{db.here()}/{buyer}")


def locked(buyer: str) -> PointsAccount:
    """The buyer's account, made when there is none, locked for the rest of the phase."""
    db.add_once(PointsAccount, id=account_id(buyer), buyer_reference=buyer)
    found = db.first(
        select(accounts)
        .where(accounts.c.business_id == db.here(), accounts.c.id == account_id(buyer))
        .with_for_update()
    )
    assert found is not None  # made a moment ago
    return found


def entry(entry_id: uuid.UUID) -> PointsEntry | None:
    """One entry of the account, by its id."""
    return db.first(select(entries).where(entries.c.business_id == db.here(), entries.c.id == entry_id))


def earn(buyer: str, points: int, *, delivery_id: uuid.UUID | None, kind: str, about: Why) -> None:
    """Add points to the buyer's account; what the buyer owes is deducted from them."""
    account = locked(buyer)
    balance = account.balance + points
    _write(account, points, balance, kind=kind, delivery_id=delivery_id, **about)
    collected = min(account.owed, balance)
    if collected:
        balance -= collected
        _write(account, -collected, balance, kind="collected", delivery_id=delivery_id, reason="owed", actor="system")
    change = db.change(PointsAccount, account.id, balance=balance, owed=account.owed - collected)
    db.write(change, expect=1)


def spend(
    account: PointsAccount,
    points: int,
    *,
    kind: str,
    delivery_id: uuid.UUID | None = None,
    owed: int = 0,
    **about: Unpack[Why],
) -> None:
    """Take points from a locked account; with `owed`, so many more are collected from later points.

    Raises:
        InsufficientPoints: it has fewer.
    """
    if points > account.balance:
        raise InsufficientPoints(
            "insufficient_points", "There are not enough points.", details={"balance": account.balance}
        )
    if points:
        _write(account, -points, account.balance - points, kind=kind, delivery_id=delivery_id, **about)
    change = db.change(PointsAccount, account.id, balance=account.balance - points, owed=account.owed + owed)
    db.write(change, expect=1)


def hand_over(mine: PointsAccount, theirs: PointsAccount, *, reason: str, actor: str) -> None:
    """Put all of one locked account to another: what is there, and what is owed, which is collected at once as far as
    it can be."""
    if mine.balance:
        _write(mine, -mine.balance, 0, kind="merged", delivery_id=None, reason=reason, actor=actor)
    db.write(db.change(PointsAccount, mine.id, balance=0, owed=0), expect=1)
    balance, owed = theirs.balance + mine.balance, theirs.owed + mine.owed
    if mine.balance:
        _write(theirs, mine.balance, balance, kind="merged", delivery_id=None, reason=reason, actor=actor)
    collected = min(owed, balance)
    if collected:
        balance -= collected
        _write(theirs, -collected, balance, kind="collected", delivery_id=None, reason="owed", actor="system")
    db.write(db.change(PointsAccount, theirs.id, balance=balance, owed=owed - collected), expect=1)


def _write(
    account: PointsAccount,
    change: int,
    balance: int,
    *,
    kind: str,
    delivery_id: uuid.UUID | None,
    reason: str,
    actor: str,
    entry_id: uuid.UUID | None = None,
) -> None:
    db.add(
        PointsEntry,
        id=entry_id or new_id(),
        account_id=account.id,
        change=change,
        balance=balance,
        kind=kind,
        delivery_id=delivery_id,
        reason=reason,
        actor=actor,
    )

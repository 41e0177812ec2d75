"""Booking: pend, post, void. All in the caller's phase, all append-only."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from app.core import db
from app.core.ids import new_id
from app.core.money import Money
from app.domain.ledger.models import LedgerAccount, LedgerEntry, LedgerJournal
from app.domain.ledger.rules import TEMPLATES

_ACCOUNTS = uuid.UUID("6ad3d3f2-6f3e-4b52-9d0a-6c8b9a2f5d11")


def account_id(kind: str, *, owner: str, currency: str) -> uuid.UUID:
    """The id of the open phase's business's account; it follows from what the account is, so none is looked up."""
    return uuid.uuid5(_ACCOUNTS, f"{db.here()}/{kind}/{owner}/{currency}")


def pend(template: str, *, money: Money, owner: str, subject_id: uuid.UUID, order_id: uuid.UUID | None) -> uuid.UUID:
    """Try: freeze `money` along the template. `owner` names the channel account. Returns the pending journal's id."""
    journal_id = _journal(template, "pending", subject_id=subject_id, order_id=order_id)
    _entries(journal_id, [_leg("pending", template, money, owner)])
    return journal_id


def post(
    pending_id: uuid.UUID, *, template: str, money: Money, owner: str, subject_id: uuid.UUID, order_id: uuid.UUID | None
) -> uuid.UUID:
    """Confirm a pending journal: what was frozen is booked. A second resolution fails on a unique key."""
    journal_id = _journal(template, "posted", pending_id=pending_id, subject_id=subject_id, order_id=order_id)
    _entries(journal_id, [_leg("pending", template, -money, owner), _leg("posted", template, money, owner)])
    return journal_id


def void(
    pending_id: uuid.UUID, *, template: str, money: Money, owner: str, subject_id: uuid.UUID, order_id: uuid.UUID | None
) -> uuid.UUID:
    """Cancel a pending journal: what was frozen is free again."""
    journal_id = _journal(template, "voided", pending_id=pending_id, subject_id=subject_id, order_id=order_id)
    _entries(journal_id, [_leg("pending", template, -money, owner)])
    return journal_id


def book(template: str, *, money: Money, owner: str, subject_id: uuid.UUID, order_id: uuid.UUID | None) -> uuid.UUID:
    """Book at once, with nothing frozen before."""
    journal_id = _journal(template, "posted", subject_id=subject_id, order_id=order_id)
    _entries(journal_id, [_leg("posted", template, money, owner)])
    return journal_id


def is_pending(journal_id: uuid.UUID) -> bool:
    """Whether the pending journal still waits to be posted or voided."""
    resolved = select(LedgerJournal.id).where(
        LedgerJournal.business_id == db.here(), LedgerJournal.pending_id == journal_id
    )
    return db.scalar(resolved) is None


def _journal(template: str, state: str, **columns: Any) -> uuid.UUID:
    journal_id = new_id()
    db.add(LedgerJournal, id=journal_id, template=template, state=state, **columns)
    return journal_id


def _leg(layer: str, template: str, money: Money, owner: str) -> list[dict[str, Any]]:
    sides = TEMPLATES[template]
    legs = []
    for kind, amount in ((sides.debit, money), (sides.credit, -money)):
        whose = owner if kind == "channel_clearing" else ""
        legs.append(
            {"layer": layer, "kind": kind, "owner": whose, "amount_minor": amount.minor, "currency": amount.currency}
        )
    return legs


def _entries(journal_id: uuid.UUID, pairs: list[list[dict[str, Any]]]) -> None:
    legs = [leg for pair in pairs for leg in pair]
    accounts: dict[uuid.UUID, dict[str, Any]] = {}
    entries = []
    for leg in legs:
        account = {"kind": leg["kind"], "owner": leg["owner"], "currency": leg["currency"]}
        leg_account = account_id(leg["kind"], owner=leg["owner"], currency=leg["currency"])
        accounts[leg_account] = {"id": leg_account, **account}
        entries.append(
            {
                "journal_id": journal_id,
                "account_id": leg_account,
                "layer": leg["layer"],
                "amount_minor": leg["amount_minor"],
                "currency": leg["currency"],
            }
        )
    for account in accounts.values():
        db.write(db.new_row(LedgerAccount, **account).on_conflict_do_nothing())
    db.add_all(LedgerEntry, entries)

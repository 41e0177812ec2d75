"""Journals that people write: one asks for an adjustment or a reversal, with a reason; another approves it, and only
then it is in the ledger. No journal is ever edited."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from app.core import clock, db, ids, outbox, states
from app.core.errors import Conflict, Invalid, NotFound
from app.core.files import store
from app.core.ids import new_id
from app.core.money import MAX_MINOR, Money, exponent
from app.domain.ledger.adjustments import service
from app.domain.ledger.adjustments.models import Adjustment
from app.domain.ledger.adjustments.states import ADJUSTMENT, AdjustmentStatus
from app.domain.ledger.rules import ADJUSTABLE
from app.domain.ledger.service import Leg
from app.domain.ledger.settlements import service as settlements
from app.domain.ledger.settlements.models import Settlement
from app.domain.ledger.settlements.states import SETTLEMENT, SettlementStatus
from app.domain.payments import service as payments
from app.domain.payments.channels import registry
from app.domain.settlement.partners import service as partners
from app.workflow.steps.accounts.principals_of import accountable_principals
from app.workflow.steps.accounts.second_person import check_second_person

MAX_REASON_LENGTH = 500
MAX_LINES = 20
MAX_DOCUMENT_BYTES = 10 * 1024 * 1024
_OF_CHANNELS = ("channel_clearing", "channel_fees")


@dataclass(frozen=True, kw_only=True)
class LineCommand:
    """One line: a debit, or below zero a credit, on an account of this kind. `owner` is the id of a channel account,
    bank account or partner, as text, where the kind has one, and else nothing."""

    kind: str
    owner: str
    money: Money


@dataclass(frozen=True, kw_only=True)
class AdjustmentCommand:
    """An adjustment: why, and its lines, which sum to zero in each currency."""

    reason: str
    lines: Sequence[LineCommand]


def request(
    business_id: uuid.UUID, command: AdjustmentCommand, *, actor: str, adjustment_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Ask for an adjustment, which waits for a second person; its id. The same `adjustment_id` again changes nothing.

    Raises:
        Invalid: no reason, lines that do not balance, or an account that is not there or not to be adjusted. Denied: a
            key of which nobody knows whose it is.
    """
    adjustment_id = adjustment_id or new_id()
    _check_reason(command.reason)
    legs = [Leg(kind=each.kind, owner=each.owner, money=each.money) for each in command.lines]
    _check_legs(legs)
    with db.phase("adjust_ledger.request", business_id):
        if service.adjustment(adjustment_id) is None:
            for leg in legs:
                _check_owner(leg)
            _add(adjustment_id, command.reason, legs, actor)
    return adjustment_id


def request_reversal(
    business_id: uuid.UUID, row_id: uuid.UUID, *, reason: str, actor: str, adjustment_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Ask to reverse a confirmed settlement or a posted adjustment; the id of the adjustment that does. The same
    `adjustment_id` again changes nothing.

    Raises:
        NotFound: there is no such settlement or adjustment. Invalid: no reason. Conflict: it is not in the ledger, is a
            reversal itself, or its reversal was requested. Denied: a key of which nobody knows whose it is.
    """
    adjustment_id = adjustment_id or new_id()
    _check_reason(reason)
    with db.phase("adjust_ledger.request_reversal", business_id):
        if service.adjustment(adjustment_id) is not None:
            return adjustment_id
        settlement = settlements.settlement(row_id)
        if settlement is None:
            _add(adjustment_id, reason, _mirrored(service.legs_of(_original(row_id))), actor, original_id=row_id)
        elif settlement.status != SettlementStatus.CONFIRMED:
            raise _not_reversible()
        else:
            _add(adjustment_id, reason, _mirrored(settlements.legs_of(settlement)), actor, settlement_id=row_id)
    return adjustment_id


def attach(business_id: uuid.UUID, adjustment_id: uuid.UUID, content: IO[bytes], *, name: str) -> None:
    """Keep a document with an adjustment that waits; another one takes its place.

    Raises:
        NotFound: there is no such adjustment. Conflict: it was decided. Invalid: the file is empty, too large or has no
            name.
    """
    read = content.read(MAX_DOCUMENT_BYTES + 1)
    if not 0 < len(read) <= MAX_DOCUMENT_BYTES or not 0 < len(name) <= MAX_REASON_LENGTH:
        text = f"Choose a file of at most {MAX_DOCUMENT_BYTES // 1024**2} MB."
        raise Invalid("invalid_file", text, details={"param": "file"})
    with db.reading(business_id):
        db.get(Adjustment, adjustment_id)
    kept = store.put(store.new_key("documents", business_id), read)
    with db.phase("adjust_ledger.attach", business_id):
        row = _waiting(adjustment_id)
        db.write(db.change(Adjustment, row.id, document_key=kept.key, document_name=name), expect=1)


def approve(business_id: uuid.UUID, adjustment_id: uuid.UUID, *, actor: str) -> None:
    """A second person approves it: it is in the ledger now, and what it reverses is reversed. Again by the same person
    changes nothing.

    Raises:
        NotFound: there is no such adjustment. Denied: it is the person who asked. Conflict: it was decided meanwhile.
    """
    with db.phase("adjust_ledger.approve", business_id):
        row = db.lock(Adjustment, adjustment_id)
        if (row.status, row.decided_by) == (AdjustmentStatus.POSTED, actor):
            return
        check_second_person(row.requested_by, actor, did="requested this")
        _require_requested(row)
        _mark_reversed(row, actor)
        _decide(row, AdjustmentStatus.POSTED, "approved", actor, service.post(row))


def reject(business_id: uuid.UUID, adjustment_id: uuid.UUID, *, reason: str, actor: str) -> None:
    """Reject it, or take it back; nothing is posted.

    Raises:
        NotFound: there is no such adjustment. Conflict: it was decided meanwhile.
    """
    with db.phase("adjust_ledger.reject", business_id):
        _decide(_waiting(adjustment_id), AdjustmentStatus.REJECTED, reason or "rejected", actor, None)


def _check_reason(reason: str) -> None:
    if not 0 < len(reason.strip()) <= MAX_REASON_LENGTH:
        text = f"Enter a reason of at most {MAX_REASON_LENGTH} characters."
        raise Invalid("reason_missing", text, details={"param": "reason"})


def _check_legs(legs: Sequence[Leg]) -> None:
    sums: Counter[str] = Counter()
    for leg in legs:
        exponent(leg.money.currency)
        sums[leg.money.currency] += leg.money.minor
        if leg.kind not in ADJUSTABLE or not 0 < abs(leg.money.minor) <= MAX_MINOR:
            raise _invalid_line("A line has an account that cannot be adjusted, or no amount.")
    if len({(leg.kind, leg.owner, leg.money.currency) for leg in legs}) < len(legs):
        raise _invalid_line("Name each account once.")
    if not 2 <= len(legs) <= MAX_LINES or any(sums.values()):
        text = "Debits and credits are not equal in each currency."
        raise Invalid("unbalanced", text, details={"param": "lines"})


def _check_owner(leg: Leg) -> None:
    row_id = uuid.UUID(leg.owner) if leg.owner else None
    if leg.kind in _OF_CHANNELS:
        account = payments.account(row_id) if row_id else None
        if account is None or registry.channel(account.channel).capabilities.is_internal:
            raise _invalid_line("There is no such channel account.")
    elif leg.kind == "bank":
        bank = settlements.bank_account(row_id) if row_id else None
        if bank is None or bank.currency != leg.money.currency:
            raise _invalid_line(f"There is no such bank account in {leg.money.currency}.")
    elif leg.kind in ("partner", "platform_revenue") and row_id is not None:
        if partners.account_kinds([leg.owner]).get(leg.owner) != leg.kind:
            raise _invalid_line("There is no such partner with this kind of account.")
    elif leg.owner:
        raise _invalid_line("This kind of account belongs to the business as a whole.")


def _invalid_line(text: str) -> Invalid:
    return Invalid("invalid_line", text, details={"param": "lines"})


def _not_reversible() -> Conflict:
    return Conflict("not_reversible", "This is not in the ledger, or is reversed already.")


def _mirrored(legs: Sequence[Leg]) -> list[Leg]:
    return [Leg(kind=leg.kind, owner=leg.owner, money=-leg.money) for leg in legs]


def _original(row_id: uuid.UUID) -> Adjustment:
    row = service.adjustment(row_id)
    if row is None:
        raise NotFound("not_found", "There is no such settlement or adjustment.")
    if row.status != AdjustmentStatus.POSTED or row.settlement_id or row.original_id:
        raise _not_reversible()
    return row


def _add(
    adjustment_id: uuid.UUID,
    reason: str,
    legs: Sequence[Leg],
    actor: str,
    *,
    settlement_id: uuid.UUID | None = None,
    original_id: uuid.UUID | None = None,
) -> None:
    accountable_principals(actor)
    row = db.new_row(
        Adjustment,
        id=adjustment_id,
        reason=reason.strip(),
        lines=service.lines_of(legs),
        settlement_id=settlement_id,
        original_id=original_id,
        requested_by=actor,
    )
    db.write(row.on_conflict_do_nothing(), expect=1, otherwise=_not_reversible())
    states.born(ADJUSTMENT, adjustment_id, reason="requested", actor=actor)
    outbox.emit("adjustment.requested", aggregate_id=adjustment_id, payload={"adjustment_id": str(adjustment_id)})


def _waiting(adjustment_id: uuid.UUID) -> Adjustment:
    row = db.lock(Adjustment, adjustment_id)
    _require_requested(row)
    return row


def _require_requested(row: Adjustment) -> None:
    if row.status != AdjustmentStatus.REQUESTED:
        raise Conflict("version_conflict", "This was decided in the meantime. Please review it.")


def _mark_reversed(row: Adjustment, actor: str) -> None:
    reason = f"reversed by {ids.show('adj', row.id)}"
    if row.settlement_id is not None:
        settlement = db.lock(Settlement, row.settlement_id)
        states.advance(SETTLEMENT, settlement, SettlementStatus.REVERSED, reason=reason, actor=actor)
    elif row.original_id is not None:
        original = db.lock(Adjustment, row.original_id)
        states.advance(ADJUSTMENT, original, AdjustmentStatus.REVERSED, reason=reason, actor=actor)


def _decide(row: Adjustment, to: AdjustmentStatus, reason: str, actor: str, journal_id: uuid.UUID | None) -> None:
    states.advance(
        ADJUSTMENT, row, to, reason=reason, actor=actor, decided_by=actor, decided_at=clock.now(), journal_id=journal_id
    )

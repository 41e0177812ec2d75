"""Closing what partners are owed into batches: by the terms of each partner when a cycle ends, or on demand."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select

from app.core import clock, db, outbox, states
from app.core.errors import Conflict
from app.core.ids import derive, new_id
from app.domain.settlement.batches import rules, service
from app.domain.settlement.batches.models import SettlementBatch, SettlementReserve
from app.domain.settlement.batches.states import SETTLEMENT_BATCH
from app.domain.settlement.holds.service import is_partner_held
from app.domain.settlement.partners.models import Partner
from app.domain.settlement.partners.states import PartnerStatus
from app.domain.settlement.terms import service as calendars
from app.workflow.steps.operations import due
from app.workflow.steps.settlement import statement_balances

BATCH = 200
partners = db.table(Partner)


@dataclass(frozen=True, kw_only=True)
class TermsCommand:
    """How a partner is settled: each `cycle` (batches/rules.py) on `day`, what was cleared `hold_days` before its end,
    from `minimum` minor units on by currency. With `working_days`, these days are those of `calendar` (a country's
    code). Cycles end at `cut_off_time` in the partner's zone. `reserve_bps` of each batch are kept `reserve_days`."""

    cycle: str = rules.ON_DEMAND
    day: int | None = None
    hold_days: int = 0
    minimum: Mapping[str, int] = field(default_factory=dict)
    working_days: bool = False
    calendar: str = ""
    cut_off_time: str = rules.MIDNIGHT
    reserve_bps: int = 0
    reserve_days: int = 0


def set_terms(business_id: uuid.UUID, partner_id: uuid.UUID, command: TermsCommand) -> None:
    """Settle the partner like this from now on; closed batches stay. Emits `partner.updated`.

    Raises:
        NotFound: no such partner. Invalid: terms that cannot be.
    """
    rules.check_terms(**vars(command))
    with db.phase("close_batches.set_terms", business_id):
        row = db.lock(Partner, partner_id)
        settles_at = rules.next_cut_off(
            command.cycle, command.day, after=clock.now(), time_zone=row.time_zone, at=command.cut_off_time
        )
        changed = db.change(
            Partner,
            partner_id,
            cycle=command.cycle,
            day=command.day,
            hold_days=command.hold_days,
            minimum=dict(command.minimum),
            working_days=command.working_days,
            calendar=command.calendar,
            cut_off_time=command.cut_off_time,
            reserve_bps=command.reserve_bps,
            reserve_days=command.reserve_days,
            settles_at=settles_at,
        )
        db.write(changed, expect=1)
        outbox.emit("partner.updated", aggregate_id=partner_id, payload={"partner_id": str(partner_id)})


def close(
    business_id: uuid.UUID,
    partner_id: uuid.UUID,
    *,
    currency: str,
    actor: str,
    batch_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Close what the partner is owed in this currency by now, less its hold, into a batch; its id. The same `batch_id`
    again changes nothing. Emits `settlement_batch.closed`.

    Raises:
        NotFound: no such partner. Conflict: nothing is owed, or less than the minimum.
    """
    batch_id = batch_id or new_id()
    with db.phase("close_batches.close", business_id):
        row = db.lock(Partner, partner_id)
        known = select(service.batches.c.id).where(
            service.batches.c.business_id == business_id, service.batches.c.id == batch_id
        )
        if db.scalar(known) is not None:
            return batch_id
        if not _close(row, currency, clock.now(), batch_id=batch_id, actor=actor):
            raise Conflict("nothing_to_settle", "Nothing is due to this partner in this currency, or too little.")
    return batch_id


def close_due() -> int:
    """Close the batches of partners whose cycle has ended; for how many partners. Safe to run twice at once."""
    return due.process(_due, _close_cycle)


def _close_cycle(business_id: uuid.UUID, partner_id: uuid.UUID) -> bool:
    with db.phase("close_batches.close_cycle", business_id):
        row = db.lock(Partner, partner_id)
        if row.settles_at is None or row.settles_at > clock.now():
            return False
        cut_off = row.settles_at
        if row.status == PartnerStatus.ACTIVE:
            for currency in statement_balances.currencies_of(row):
                batch_id = derive(partner_id, f"{currency} {cut_off.isoformat()}")
                _close(row, currency, cut_off, batch_id=batch_id, actor="system")
        after = _next(row, cut_off)
        db.write(db.change(Partner, partner_id, settles_at=after), expect=1)
    return True


def _close(row: Partner, currency: str, cut_off: datetime, *, batch_id: uuid.UUID, actor: str) -> bool:
    """In the open phase with the partner locked: a batch of what is due, if it is enough."""
    if db.scalar(select(is_partner_held(row.id))):
        return False
    until = _until(row, cut_off)
    due_now = next(iter(service.due_of(row.id, until=until, currency=currency)), service.Due(currency, 0, 0))
    posted = statement_balances.open_postings(row, currency)
    settled_minor = due_now.total_minor + statement_balances.adjusted_minor(posted)
    returned = service.due_reserves(row.id, currency, until=cut_off)
    returned_minor = sum(each.amount_minor for each in returned)
    kept_minor = rules.reserve_of(settled_minor, row.reserve_bps)
    total_minor = settled_minor - kept_minor + returned_minor
    if not rules.is_enough(total_minor, currency, row.minimum):
        return False
    opening_minor = service.closing_minor(row.id, currency)
    db.add(
        SettlementBatch,
        id=batch_id,
        partner_id=row.id,
        number=service.next_number(row.id),
        currency=currency,
        cut_off_at=cut_off,
        entry_count=due_now.entry_count,
        total_minor=total_minor,
        opening_minor=opening_minor,
        closing_minor=opening_minor + due_now.total_minor - sum(each.amount_minor for each in posted),
        pending_minor=service.pending_minor(row.id, currency) - due_now.total_minor,
        reserve_kept_minor=kept_minor,
        reserve_returned_minor=returned_minor,
    )
    states.born(SETTLEMENT_BATCH, batch_id, reason="closed", actor=actor)
    db.flush()
    taken = service.take(batch_id, row.id, until=until, currency=currency)
    if taken != due_now.entry_count:  # something was cleared meanwhile
        raise db.VersionConflict
    statement_balances.keep(batch_id, posted)
    if kept_minor:
        due_at = rules.in_days(cut_off, row.reserve_days, row.time_zone)
        db.add(
            SettlementReserve,
            batch_id=batch_id,
            partner_id=row.id,
            currency=currency,
            amount_minor=kept_minor,
            due_at=due_at,
        )
    for each in returned:
        db.write(db.change(SettlementReserve, each.id, returned_in_id=batch_id), expect=1)
    outbox.emit("settlement_batch.closed", aggregate_id=batch_id, payload={"settlement_batch_id": str(batch_id)})
    return True


def _next(row: Partner, after: datetime) -> datetime | None:
    return rules.next_cut_off(row.cycle, row.day, after=after, time_zone=row.time_zone, at=row.cut_off_time)


def _until(row: Partner, cut_off: datetime) -> datetime:
    """What was cleared by then is due at the cut-off."""
    days: frozenset[date] = frozenset()
    if row.working_days and row.hold_days:
        days = calendars.holidays_until(cut_off.date() + timedelta(days=1), row.calendar)
    return rules.due_until(
        cut_off, row.hold_days, time_zone=row.time_zone, working_days=row.working_days, holidays=days
    )


def _due() -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    with db.system_reading():
        rows = db.rows(
            select(partners.c.business_id, partners.c.id)
            .where(partners.c.settles_at <= clock.now())
            .order_by(partners.c.settles_at)
            .limit(BATCH)
        )
        return [(row.business_id, row.id) for row in rows]

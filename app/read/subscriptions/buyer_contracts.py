"""A buyer's contracts as the buyer sees them: what is charged next, until when it can be used, and what can be done."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.core import clock, db, paging
from app.core.errors import NotFound
from app.core.i18n.language import Amount, Translatable
from app.core.money import Money
from app.domain.fulfilment.models import Delivery, Entitlement
from app.domain.fulfilment.states import DeliveryStatus
from app.domain.signing import offers, rules
from app.domain.signing.models import Contract, ContractConsent, ContractCycle, Plan
from app.domain.signing.states import RUNNING, ContractStatus, CycleStatus
from app.read.subscriptions.contracts import page_of_cycles

MAX_COUNT = 100  # contracts on one page, the newest
contracts, cycles, plans, consents = (
    db.table(Contract),
    db.table(ContractCycle),
    db.table(Plan),
    db.table(ContractConsent),
)


@dataclass(frozen=True)
class BuyerContract:
    """One contract. `usable_until` is the end of what it gave (None: nothing with an end), `last_cycle` the newest."""

    row: Contract
    plan: Plan
    last_cycle: ContractCycle | None
    usable_until: datetime | None

    @property
    def id(self) -> uuid.UUID:
        """Which contract it is."""
        return self.row.id

    @property
    def price(self) -> Translatable:
        """What it costs and how often, in words."""
        amount = Amount(self.row.unit_minor * self.row.quantity, self.row.currency)
        return offers.describe_price(self.plan, amount)

    @property
    def open_cycle(self) -> ContractCycle | None:
        """The cycle that is being charged, or could not be."""
        last = self.last_cycle
        return last if last is not None and last.status == CycleStatus.DUE else None

    @property
    def next_amount(self) -> Money | None:
        """What is charged at `row.next_due_at`; None when nothing is."""
        row = self.row
        if row.next_due_at is None or self.open_cycle is not None:
            return None
        unit = rules.unit_price(
            self.plan, rules.price_of(row), rules.anchor_of(row), row.next_cycle, runs_from=row.runs_from
        )
        return Money(unit.minor * row.quantity, row.currency)

    @property
    def is_running(self) -> bool:
        """Whether it renews by itself, or would."""
        return self.row.status in RUNNING

    @property
    def can_pause(self) -> bool:
        """Whether it can be paused now."""
        return self.is_running and self.open_cycle is None and not self.row.cancel_at_period_end

    @property
    def begins_anew(self) -> bool:
        """Whether it is paused and resuming it begins a new period, which is charged at once."""
        over = self.last_cycle is None or self.last_cycle.ends_at <= clock.now()
        return self.row.status == ContractStatus.PAUSED and over

    @property
    def ends_at(self) -> datetime | None:
        """When it ends if it is cancelled: with what is paid; None: at once."""
        last = self.last_cycle
        if last is None or self.open_cycle is not None or last.ends_at <= clock.now():
            return None
        return last.ends_at

    @property
    def can_cancel(self) -> bool:
        """Whether it can be cancelled, and is not."""
        return self.row.status != ContractStatus.ENDED and not self.row.cancel_at_period_end


@dataclass(frozen=True)
class BuyerContractDetail:
    """One contract with a page of its cycles and the terms that its buyer agreed to."""

    contract: BuyerContract
    cycles: paging.Page[ContractCycle]
    consent: ContractConsent


def contracts_of(business_id: uuid.UUID, buyer_reference: str) -> Sequence[BuyerContract]:
    """A buyer's contracts: those that run first, each the newest first."""
    mine = (contracts.c.business_id == business_id, contracts.c.buyer_reference == buyer_reference)
    over = contracts.c.status == ContractStatus.ENDED
    query = select(contracts).where(*mine).order_by(over, contracts.c.created_at.desc()).limit(MAX_COUNT)
    with db.reading(business_id):
        return _with_more(business_id, db.rows(query))


def has_contracts(business_id: uuid.UUID, buyer_reference: str) -> bool:
    """Whether the buyer ever signed one."""
    mine = (contracts.c.business_id == business_id, contracts.c.buyer_reference == buyer_reference)
    with db.reading(business_id):
        return db.first(select(contracts.c.id).where(*mine).limit(1)) is not None


def contract_of(business_id: uuid.UUID, buyer_reference: str, contract_id: uuid.UUID) -> BuyerContract:
    """One contract of the buyer.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    mine = (contracts.c.business_id == business_id, contracts.c.buyer_reference == buyer_reference)
    with db.reading(business_id):
        found = _with_more(business_id, db.rows(select(contracts).where(*mine, contracts.c.id == contract_id)))
    if not found:
        raise NotFound("not_found", "There is no such contract.")
    return found[0]


def detail(
    business_id: uuid.UUID, buyer_reference: str, contract_id: uuid.UUID, *, cursor: str = ""
) -> BuyerContractDetail:
    """One contract of the buyer in full.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    contract = contract_of(business_id, buyer_reference, contract_id)
    signed = (
        select(consents)
        .where(consents.c.business_id == business_id, consents.c.contract_id == contract_id)
        .order_by(consents.c.created_at, consents.c.id)
        .limit(1)
    )
    with db.reading(business_id):
        consent = db.first(signed)
    if consent is None:
        raise NotFound("not_found", "There is no such contract.")
    return BuyerContractDetail(contract, page_of_cycles(business_id, contract_id, cursor=cursor), consent)


def _with_more(business_id: uuid.UUID, rows: Sequence[Contract]) -> Sequence[BuyerContract]:
    if not rows:
        return ()
    found = {row.id: row for row in rows}
    newest = (
        select(cycles)
        .where(cycles.c.business_id == business_id, cycles.c.contract_id.in_(found))
        .ext(distinct_on(cycles.c.contract_id))
        .order_by(cycles.c.contract_id, cycles.c.number.desc())
    )
    last = {each.contract_id: each for each in db.rows(newest)}
    named = select(plans).where(plans.c.business_id == business_id, plans.c.id.in_({row.plan_id for row in rows}))
    by_id = {each.id: each for each in db.rows(named)}
    until = _usable_until(business_id, list(found))
    return [BuyerContract(row, by_id[row.plan_id], last.get(row.id), until.get(row.id)) for row in rows]


class _Until(db.JoinedRow):
    contract_id: uuid.UUID
    until: datetime


def _usable_until(business_id: uuid.UUID, contract_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """When what each contract gave ends, as long as it was not taken back."""
    deliveries, given = db.table(Delivery), db.table(Entitlement)
    query = (
        select(cycles.c.contract_id, func.max(given.c.ends_at).label("until"))
        .join(deliveries, and_(deliveries.c.business_id == business_id, deliveries.c.order_id == cycles.c.order_id))
        .join(given, and_(given.c.business_id == business_id, given.c.delivery_id == deliveries.c.id))
        .where(
            cycles.c.business_id == business_id,
            cycles.c.contract_id.in_(contract_ids),
            deliveries.c.status == DeliveryStatus.DELIVERED,
        )
        .group_by(cycles.c.contract_id)
    )
    return {row.contract_id: row.until for row in db.rows(db.select_as(_Until, query))}

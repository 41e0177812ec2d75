"""Contracts of a business and their cycles."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Select, select
from sqlalchemy.orm import Mapped

from app.core import db, paging
from app.core.errors import NotFound
from app.core.paging import Key
from app.domain.signing.models import Contract, ContractConsent, ContractCycle, Mandate, Plan

if TYPE_CHECKING:

    class ContractRow(Contract):
        """A contract with what its plan says of its periods."""

        plan_name: Mapped[str]
        interval_unit: Mapped[str]
        interval_count: Mapped[int]

else:
    ContractRow = Contract

PAGE = 50
contracts, cycles, plans, consents, mandates = (
    db.table(Contract),
    db.table(ContractCycle),
    db.table(Plan),
    db.table(ContractConsent),
    db.table(Mandate),
)


CycleRow = ContractCycle
MandateRow = Mandate


@dataclass(frozen=True, kw_only=True)
class ContractFilter:
    """Which contracts: of a buyer, in a status, of a plan; None: whichever."""

    buyer: str | None = None
    status: str | None = None
    plan_id: uuid.UUID | None = None


@dataclass(frozen=True)
class ContractDetail:
    """A contract with its newest cycle, and the terms that its buyer agreed to."""

    row: ContractRow
    last_cycle: ContractCycle | None
    consent: ContractConsent
    mandate: Mandate | None

    @property
    def created_at(self) -> datetime:
        """When it was signed."""
        return self.row.created_at


def list_contracts(
    business_id: uuid.UUID, wanted: ContractFilter, *, after: Key | None, limit: int
) -> Sequence[ContractRow]:
    """Contracts, the newest first, and one more than `limit`."""
    query = _contracts(business_id)
    for column, value in (
        (contracts.c.buyer_reference, wanted.buyer),
        (contracts.c.status, wanted.status),
        (contracts.c.plan_id, wanted.plan_id),
    ):
        if value is not None:
            query = query.where(column == value)
    with db.reading(business_id):
        return db.rows(paging.in_order(query, contracts.c.created_at, contracts.c.id, after, limit + 1))


def page_of_contracts(business_id: uuid.UUID, *, status: str, cursor: str) -> paging.Page[ContractRow]:
    """A page of the portal's list, the newest first; `status` empty: all."""
    wanted = ContractFilter(status=status or None)
    found = list_contracts(business_id, wanted, after=paging.key_of(cursor), limit=PAGE)
    shown, following = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), following)


def page_of_cycles(business_id: uuid.UUID, contract_id: uuid.UUID, *, cursor: str) -> paging.Page[CycleRow]:
    """A page of a contract's cycles, the newest first."""
    found = list_cycles(business_id, contract_id=contract_id, status=None, after=paging.key_of(cursor), limit=PAGE)
    shown, following = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), following)


def contract(business_id: uuid.UUID, contract_id: uuid.UUID) -> ContractDetail:
    """One contract.

    Raises:
        NotFound: there is no such contract.
    """
    newest = (
        select(cycles)
        .where(cycles.c.business_id == business_id, cycles.c.contract_id == contract_id)
        .order_by(cycles.c.number.desc())
        .limit(1)
    )
    signed = (
        select(consents)
        .where(consents.c.business_id == business_id, consents.c.contract_id == contract_id)
        .order_by(consents.c.created_at, consents.c.id)
        .limit(1)
    )
    with db.reading(business_id):
        row = db.first(_contracts(business_id).where(contracts.c.id == contract_id))
        consent = db.first(signed)
        if row is None or consent is None:
            raise NotFound("not_found", "There is no such contract.")
        leave = select(mandates).where(mandates.c.business_id == business_id, mandates.c.contract_id == contract_id)
        mandate = db.first(leave) if row.channel_account_id is not None else None
        return ContractDetail(row, db.first(newest), consent, mandate)


def list_cycles(
    business_id: uuid.UUID, *, contract_id: uuid.UUID | None, status: str | None, after: Key | None, limit: int
) -> Sequence[ContractCycle]:
    """Cycles, the newest first, and one more than `limit`; only those of a contract or status, if it is given."""
    query = select(cycles).where(cycles.c.business_id == business_id)
    if contract_id is not None:
        query = query.where(cycles.c.contract_id == contract_id)
    if status is not None:
        query = query.where(cycles.c.status == status)
    with db.reading(business_id):
        return db.rows(paging.in_order(query, cycles.c.created_at, cycles.c.id, after, limit + 1))


def cycle(business_id: uuid.UUID, cycle_id: uuid.UUID) -> ContractCycle:
    """One cycle.

    Raises:
        NotFound: there is no such cycle.
    """
    with db.reading(business_id):
        found = db.first(select(cycles).where(cycles.c.business_id == business_id, cycles.c.id == cycle_id))
    if found is None:
        raise NotFound("not_found", "There is no such cycle.")
    return found


def _contracts(business_id: uuid.UUID) -> Select[ContractRow]:
    of_plan = (plans.c.business_id == contracts.c.business_id) & (plans.c.id == contracts.c.plan_id)
    said = plans.c.name.label("plan_name"), plans.c.interval_unit, plans.c.interval_count
    query = db.select_as(ContractRow, select(contracts, *said).join(plans, of_plan))
    return query.where(contracts.c.business_id == business_id)

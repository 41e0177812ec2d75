"""The cycles of contracts: a period each, and the order that it is paid by."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import ID_PATTERN, Answer, AnyAmountMinor, Currency, Moment, OneOf, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.signing.states import CycleStatus
from app.read.subscriptions import contracts as read


class ContractCycle(Answer):
    """A period of a contract."""

    id: str
    contract_id: str
    number: Annotated[int, Field(description="0 is the trial.")]
    status: Annotated[str, OneOf(CycleStatus)]
    starts_at: Moment
    ends_at: Moment
    amount_minor: AnyAmountMinor
    currency: Currency
    order_id: Annotated[str | None, Field(description="Null if the cycle was skipped.")]
    paid_at: Moment | None
    last_error: Annotated[str | None, Field(description="Why the last try was refused.")]
    created_at: Moment


class ContractCycleQuery(ListQuery):
    """What a list of cycles may be narrowed by."""

    contract_id: Annotated[str, Field(pattern=f"^con_{ID_PATTERN}$")] | None = None
    status: Annotated[str, OneOf(CycleStatus)] | None = None


@v1.get(
    "/contract_cycles",
    query=ContractCycleQuery,
    answer=Page[ContractCycle],
    permission="contracts.read",
    tag="Contracts",
)
def list_contract_cycles(caller: KeyCaller, query: ContractCycleQuery) -> Page[ContractCycle]:
    """List cycles of contracts, newest first."""
    found = read.list_cycles(
        caller.business_id,
        contract_id=None if query.contract_id is None else parse("con", query.contract_id),
        status=query.status,
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_cycle, key=lambda row: (row.created_at, row.id))


@v1.get("/contract_cycles/{cycle_id}", answer=ContractCycle, permission="contracts.read", tag="Contracts")
def get_contract_cycle(caller: KeyCaller, cycle_id: str) -> ContractCycle:
    """Get a cycle of a contract."""
    return _cycle(read.cycle(caller.business_id, parse("cyc", cycle_id)))


def _cycle(row: read.CycleRow) -> ContractCycle:
    return ContractCycle(
        id=show("cyc", row.id),
        contract_id=show("con", row.contract_id),
        number=row.number,
        status=row.status,
        starts_at=moment_text(row.starts_at),
        ends_at=moment_text(row.ends_at),
        amount_minor=row.amount_minor,
        currency=row.currency,
        order_id=show("ord", row.order_id) if row.order_id is not None else None,
        paid_at=moment_text(row.paid_at),
        last_error=row.last_error,
        created_at=moment_text(row.created_at),
    )

"""Plans and contracts of a shop, signed and moved through time."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, case, select, update

from app.core import clock, db
from app.core.ids import new_id, show
from app.domain.orders.types import Buyer
from app.domain.signing.calendar import Interval, Unit
from app.domain.signing.models import Contract, ContractChange, ContractCycle, Mandate, Plan
from app.domain.signing.types import Consent, PlanPriceTerms, PlanTerms, SignTerms
from app.workflow.subscriptions import follow_mandates, manage_plans, renew_contracts, sign_contract
from tests.factories.shop import Shop

DAY = 86_400
MONTH = 31 * DAY


def plan_of(shop: Shop, *, unit: Unit = Unit.MONTH, count: int = 1, unit_minor: int = 1000, **terms: Any) -> uuid.UUID:
    """A plan for the shop's SKU; its id."""
    price = PlanPriceTerms(currency="USD", unit_minor=unit_minor, intro_minor=terms.pop("intro_minor", None))
    said = PlanTerms(code=new_id().hex[-12:], name="Monthly", interval=Interval(unit, count), prices=[price], **terms)
    return manage_plans.create_plan(shop.business_id, shop.sku_id, said, actor="test")


def sign(
    shop: Shop, plan_id: uuid.UUID, *, buyer: str = "buyer-1", contract_id: uuid.UUID | None = None, quantity: int = 1
) -> uuid.UUID:
    """A contract signed with the buyer's wallet; its id."""
    return sign_contract.sign_contract(
        shop.business_id,
        plan_id,
        SignTerms(currency="USD", quantity=quantity, channel="wallet"),
        buyer=Buyer(reference=buyer),
        consent=Consent(given_to="merchant", locale="en"),
        contract_id=contract_id or new_id(),
        actor="test",
    )


def sign_at(
    shop: Shop,
    plan_id: uuid.UUID,
    *,
    channel: str = "simulator",
    currency: str = "USD",
    contract_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """A contract that waits for the buyer to agree at a company; its id."""
    return sign_contract.sign_contract(
        shop.business_id,
        plan_id,
        SignTerms(currency=currency, quantity=1, channel=channel, return_url="https://shop.example/back"),
        buyer=Buyer(reference="buyer-1"),
        consent=Consent(given_to="merchant", locale="en"),
        contract_id=contract_id or new_id(),
        actor="test",
    )


def mandate(shop: Shop, contract_id: uuid.UUID) -> Row[Any]:
    """The contract's mandate as it is now."""
    found: Row[Any] = shop.one(select(Mandate.__table__).where(Mandate.contract_id == contract_id))
    return found


def ask(shop: Shop, contract_id: uuid.UUID) -> str:
    """The company is asked how the mandate stands; its status then."""
    follow_mandates.ask(shop.business_id, mandate(shop, contract_id).id, force=True)
    return str(mandate(shop, contract_id).status)


def agree(shop: Shop, contract_id: uuid.UUID) -> None:
    """The buyer signs at Pretend Pay, we hear of it, and the first cycle is charged."""
    shop.company(f"contracts/{show('con', contract_id)}/sign", {})
    assert ask(shop, contract_id) == "active"
    renew_contracts.act(shop.business_id, contract_id)


def sign_newest(business_id: uuid.UUID, contract_id: uuid.UUID, *, channel: str = "wallet") -> None:
    """The newest plan of the business is signed by its buyer."""
    with db.reading(business_id):
        plan_id = db.scalar(select(Plan.id).where(Plan.business_id == business_id).order_by(Plan.id.desc()).limit(1))
    assert plan_id is not None
    sign_contract.sign_contract(
        business_id,
        plan_id,
        SignTerms(currency="USD", quantity=1, channel=channel),
        buyer=Buyer(reference="buyer-1"),
        consent=Consent(given_to="merchant", locale="en"),
        contract_id=contract_id,
        actor="test",
    )


def newest_contract(shop: Shop) -> uuid.UUID:
    """The id of the contract that was signed last."""
    table = Contract.__table__
    mine = select(table).where(table.c.business_id == shop.business_id).order_by(table.c.id.desc()).limit(1)
    found: uuid.UUID = shop.one(mine).id
    return found


def contract(shop: Shop, contract_id: uuid.UUID) -> Row[Any]:
    """The contract as it is now."""
    found: Row[Any] = shop.one(select(Contract.__table__).where(Contract.id == contract_id))
    return found


def cycles(shop: Shop, contract_id: uuid.UUID) -> list[Row[Any]]:
    """Its cycles, in order."""
    table = ContractCycle.__table__
    found: list[Row[Any]] = shop.many(select(table).where(table.c.contract_id == contract_id).order_by(table.c.number))
    return found


def know_address(shop: Shop, contract_id: uuid.UUID) -> None:
    """As if its buyer had said an address at signing."""
    with db.phase("test.address", shop.business_id):
        db.run(update(Contract).where(Contract.id == contract_id).values(buyer_email="ada@example.com"))


def make_due(shop: Shop, contract_id: uuid.UUID) -> None:
    """As if its next cycle, or its next try, were due now."""
    now = clock.now() - timedelta(seconds=1)
    table = Contract.__table__
    due_at = case((table.c.next_due_at.is_(None), None), else_=now)
    with db.phase("test.due", shop.business_id):
        db.run(update(Contract).where(Contract.id == contract_id).values(acts_at=now, next_due_at=due_at))


def end_lease(shop: Shop, contract_id: uuid.UUID) -> None:
    """As if whoever is charging its open cycle had been away for so long that others may look."""
    is_due = select(ContractCycle.id).where(ContractCycle.contract_id == contract_id, ContractCycle.status == "due")
    with db.phase("test.lease", shop.business_id):
        if db.scalar(is_due) is not None:
            moment = clock.now() - timedelta(seconds=1)
            db.run(update(Contract).where(Contract.id == contract_id).values(acts_at=moment))


def make_due_now(shop: Shop, contract_id: uuid.UUID) -> None:
    """As if somebody were to look at the contract now, though its next cycle is not due."""
    moment = clock.now() - timedelta(seconds=1)
    with db.phase("test.look", shop.business_id):
        db.run(update(Contract).where(Contract.id == contract_id).values(acts_at=moment))


def change_of(shop: Shop, contract_id: uuid.UUID) -> Row[Any]:
    """Its newest change."""
    table = ContractChange.__table__
    mine = select(table).where(table.c.contract_id == contract_id).order_by(table.c.id.desc()).limit(1)
    found: Row[Any] = shop.one(mine)
    return found

"""Plans are made once, archived and offered again; their terms are judged before they are written."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.domain.signing.calendar import Interval, Unit
from app.domain.signing.errors import InvalidPlan
from app.domain.signing.models import Plan
from app.domain.signing.types import PlanPriceTerms, PlanTerms
from app.workflow.subscriptions import manage_plans
from tests.factories.contracts import plan_of
from tests.factories.shop import Shop

USD = PlanPriceTerms(currency="USD", unit_minor=100)


def _terms(code: str = "gold") -> PlanTerms:
    return PlanTerms(code=code, name="Gold", interval=Interval(Unit.MONTH), prices=[USD])


def test_the_same_id_again_makes_one_plan(shop: Shop) -> None:
    plan_id = new_id()
    for _ in range(2):
        manage_plans.create_plan(shop.business_id, shop.sku_id, _terms(), actor="test", plan_id=plan_id)

    assert [row.id for row in shop.many(select(Plan.__table__))] == [plan_id]


def test_a_code_belongs_to_one_plan(shop: Shop) -> None:
    manage_plans.create_plan(shop.business_id, shop.sku_id, _terms(), actor="test")

    with pytest.raises(Invalid, match="Another plan"):
        manage_plans.create_plan(shop.business_id, shop.sku_id, _terms(), actor="test")


def test_a_plan_needs_a_sku_of_this_business(shop: Shop) -> None:
    with pytest.raises(NotFound):
        manage_plans.create_plan(shop.business_id, new_id(), _terms(), actor="test")


@pytest.mark.parametrize(
    ("unit", "count", "is_fine"),
    [
        (Unit.DAY, 366, True),
        (Unit.DAY, 367, False),
        (Unit.WEEK, 53, False),
        (Unit.YEAR, 5, True),
        (Unit.YEAR, 6, False),
    ],
)
def test_an_interval_has_an_end(shop: Shop, unit: Unit, count: int, is_fine: bool) -> None:
    if is_fine:
        plan_of(shop, unit=unit, count=count)
        return
    with pytest.raises(InvalidPlan):
        plan_of(shop, unit=unit, count=count)


@pytest.mark.parametrize("days", [(0,), (91,), (1,) * 21])
def test_retries_have_an_end(shop: Shop, days: tuple[int, ...]) -> None:
    with pytest.raises(InvalidPlan, match="pauses"):
        plan_of(shop, retry_days=days)

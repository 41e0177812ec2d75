"""The process is stopped dead while it deducts: the money is taken once, and the order knows."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date

import pytest

from app.core import db, http
from app.core.ids import derive, show
from app.core.money import Money
from app.domain.payments.channels.simulator.channel import SimulatorChannel
from app.domain.payments.channels.types import ContractRequest
from app.lib.destinations import Destinations, Origin
from tests.factories.shop import Shop
from tests.faults import act

NEAR = Destinations("companies", (Origin("http", "127.0.0.1", 0, is_near=True),))
POINTS = (
    "deduct_order.reserve.before_commit",
    "deduct_order.reserve.after",
    "deduct_order.call.after",
    "record_result.answer.before_commit",
    "record_result.answer.after",
)


def sign(shop: Shop, order_id: uuid.UUID) -> None:
    """A contract that is called like the order."""
    ref = show("con", order_id)
    request = ContractRequest(
        contract_ref=ref, scene="web", buyer_name="b", every_count=1, every_unit="month", first_on=date(2026, 12, 1),
        largest=Money(5000, "USD"), notify_url="http://127.0.0.1:9/nobody", return_url="http://127.0.0.1:9/back",
    )  # fmt: skip
    settings = {"base_url": shop.simulator, "merchant_id": shop.merchant_id, "api_key": shop.api_key}
    with http.allowed(NEAR):
        assert SimulatorChannel().start_contract(settings, request).status == "pending"
    shop.company(f"contracts/{ref}/sign", {})


@pytest.mark.parametrize("point", POINTS)
def test_deducting(shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str) -> None:
    order_id = shop.place()
    sign(shop, order_id)

    dies(shop, "deduct", order_id, at=point)

    act.act(shop, "deduct", order_id)  # whoever wanted it asks again
    carry_on(shop)
    assert (shop.order(order_id).status, shop.order(order_id).paid_minor) == ("fulfilled", 1000)
    assert shop.attempt(derive(order_id, "deduction")).status == "succeeded"
    assert shop.balance("merchant_payable") == -1000
    with db.reading(shop.business_id):
        assert len(shop.entitlements()) == 1
    shop.audit()

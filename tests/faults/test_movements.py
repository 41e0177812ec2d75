"""The process is stopped dead while money without an order moves: out of a wallet, and into one."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.ids import new_id
from app.domain.ledger.service import Balance
from app.domain.payments.models import PaymentTransaction
from app.workflow import move_money
from tests.factories.shop import Shop
from tests.faults.act import act
from tests.faults.conftest import ROOT

OUT = ("pay_out.reserve.before_commit", "pay_out.reserve.after", "pay_out.call.after")
IN = ("move_money.reserve_top_up.after", "move_money.call.after")
# One phase that is all of its movement, the same steps as `reserve`, or a commit that another point stands behind.
SAME = ("pay_out.resume", "move_money.grant", "move_money.transfer", "move_money.reserve_top_up.before_commit")


@pytest.mark.parametrize("point", OUT)
def test_withdrawing(shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str) -> None:
    shop.keep_wallets()
    shop.fund("ann", 1000)
    transaction_id = new_id()

    dies(shop, "withdraw", transaction_id, at=point)

    carry_on(shop)
    if _status(shop, transaction_id) is None:  # nothing was committed: asked for again
        act(shop, "withdraw", transaction_id)
    assert _status(shop, transaction_id) == "succeeded"
    assert _has(shop) == Balance(600, 0)
    assert shop.balance("channel_clearing") == 600


@pytest.mark.parametrize("point", IN)
def test_topping_up(shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str) -> None:
    shop.keep_wallets()
    transaction_id = new_id()

    dies(shop, "top_up", transaction_id, at=point)

    carry_on(shop, approve=True)
    came = _status(shop, transaction_id) == "succeeded"
    assert came == (point == "move_money.call.after")
    assert _has(shop) == Balance(400 if came else 0, 0)


def test_every_point_of_these_workflows_is_tried() -> None:
    named: set[str] = set()
    for name in ("pay_out", "move_money"):
        source = (ROOT / "app" / "workflow" / f"{name}.py").read_text()
        for phase in re.findall(r"db\.phase\(\"([a-z_.]+)\"", source):
            named |= {f"{phase}.before_commit", f"{phase}.after"}
        named |= set(re.findall(r"crash\.point\(\"([a-z_.]+)\"", source))

    assert {point for point in named if not point.startswith(SAME)} == {*OUT, *IN}


def _status(shop: Shop, transaction_id: uuid.UUID) -> str | None:
    found = shop.one(select(PaymentTransaction.status).where(PaymentTransaction.id == transaction_id))
    return found.status if found is not None else None


def _has(shop: Shop) -> Balance:
    return move_money.wallet(shop.business_id, buyer="ann", currency="USD")

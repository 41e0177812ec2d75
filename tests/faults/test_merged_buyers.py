"""The process is stopped dead while two buyers become one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.read.buyers.buyers import get_buyer
from app.read.wallets.wallets import wallets_of
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from app.workflow.buyers.merge_buyers import merge_buyers
from tests.factories.shop import Shop


@pytest.mark.parametrize("point", ["merge_buyers.merge.before_commit", "merge_buyers.merge.after"])
def test_either_both_are_there_or_one_has_everything(shop: Shop, dies: Callable[..., None], point: str) -> None:
    shop.keep_wallets()
    old, new = (create_buyer(shop.business_id, BuyerCommand(reference=each), actor="test") for each in ("old", "new"))
    order_id = shop.paid_order(buyer="old")
    shop.fund("old", 700)

    dies(shop, "merge_buyers", old, at=point)

    is_merged = point.endswith(".after")
    assert shop.order(order_id).buyer_reference == ("new" if is_merged else "old")
    assert get_buyer(shop.business_id, old).status == ("merged" if is_merged else "active")
    merge_buyers(shop.business_id, old, into=new, reason="same person", actor="test")
    assert [each.total_minor for each in wallets_of(shop.business_id, buyer="new")] == [700]
    assert shop.order(order_id).buyer_reference == "new"
    shop.audit()

"""Holding money in the portal: of a partner or an order, and releasing it."""

from __future__ import annotations

from collections.abc import Callable

from app.core.ids import show
from app.domain.settlement.clearing.types import ShareTerms
from tests.factories.partners import sharer_of
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_an_orders_money_is_held_and_released(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    sharer = sharer_of(shop)
    ada = sharer.partner("Ada")
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    order = show("ord", sharer.sold())
    finance = signed_in(shop, "finance")

    form = finance.get(f"/portal/orders/{order}").follow("Hold money").form("/settlement-holds/new")
    wrong = form.send(order="nobody", reason="Under review")
    held = wrong.form("/settlement-holds/new").send(order=order)
    partner = finance.get(f"/portal/partners/{show('par', ada)}")
    listed = finance.get("/portal/settlement-holds")
    nothing = finance.get(held.path).form("/release").send(reason="")
    released = nothing.form("/release").send(reason="Fine")

    assert (wrong.status, "Enter an ID that begins with ord_." in wrong.text) == (422, True)
    assert ("Under review" in held.text, "Held" in held.text) == (True, True)
    assert "$7.00 on hold" in partner.text
    assert "Close a batch" not in partner.text
    assert "Under review" in listed.text
    assert (nothing.status, "Enter the reason." in nothing.text) == (422, True)
    assert "Released" in released.text
    assert "Nothing is on hold" in finance.get("/portal/settlement-holds").text

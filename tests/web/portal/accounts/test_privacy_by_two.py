"""Erasing a buyer in the portal takes two people."""

from __future__ import annotations

from collections.abc import Callable

from tests.factories.shop import Shop
from tests.pages import Visitor


def test_with_two_in_the_team_nothing_is_erased_before_the_other_approves(
    shop: Shop, signed_in: Callable[..., Visitor]
) -> None:
    order_id = shop.paid_order(buyer="customer-47")
    asks, decides = signed_in(shop), signed_in(shop)

    response = (
        asks.get("/portal/privacy").form("/privacy/erase").send(value="customer-47", reason="mailed us", sure="y")
    )

    assert response.heading.startswith("Erase a buyer")
    assert shop.order(order_id).buyer_reference == "customer-47"
    assert not response.has_form("/decide")
    waiting = decides.get("/portal/approvals").follow("Erase a buyer")
    done = waiting.form("/decide").send(reason="looked it up", decision="approve")
    pseudonym = shop.order(order_id).buyer_reference
    assert pseudonym.startswith("erased_")
    assert "customer-47" not in done.text
    assert "Approved" in decides.get("/portal/privacy").text
    shop.audit()

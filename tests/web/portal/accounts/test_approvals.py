"""Large amounts take two people: requested on the order's page, decided under Approvals by somebody else."""

from __future__ import annotations

from collections.abc import Callable

from app.core.ids import show
from app.read.accounts import approvals
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_a_large_refund_waits_for_somebody_else(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    ann, ben, viewer = signed_in(shop), signed_in(shop, "finance"), signed_in(shop, "viewer")
    assert "Nothing waiting" in ann.get("/portal/approvals").text
    page = ann.get("/portal/approvals/limits").form("/limits")
    assert "Enter lines such as" in page.send(refund="ten dollars").text
    ann.get("/portal/approvals/limits").form("/limits").send(refund="usd 5.00\n\nJPY 500")
    assert "JPY 500" in ann.get("/portal/approvals/limits").text
    order = f"/portal/orders/{show('ord', shop.paid_order())}"

    review = ann.get(order).form("/refund").send(extent="part", amount="6.00", reason="goodwill")
    response = review.form("/refund").send()

    assert "You, one of your keys" in response.text
    assert not response.has_form("/decide")
    assert not viewer.get(response.path).has_form("/decide")
    mine = ben.get("/portal/approvals").follow("Refund $6.00")
    assert "Enter a reason." in mine.form("/decide").send(decision="approve").text
    done = ben.get(mine.path).form("/decide").send(decision="approve", reason="known customer")
    assert "Approved and completed" in done.text
    assert "known customer" in done.text
    shop.work_off()
    assert "−$6.00" in ben.get(order).text or "$6.00" in ben.get(order).text


def test_the_second_of_two_people_sees_the_limits_that_the_first_has_set(
    shop: Shop, signed_in: Callable[..., Visitor]
) -> None:
    ann = signed_in(shop)
    page = ann.get("/portal/approvals/limits")
    page.form("/limits").send(refund="USD 5.00")

    refused = page.form("/limits").send(refund="USD 3.00", payout="USD 9.00")
    between = approvals.limits(shop.business_id)
    refused.form("/limits").send()

    assert (refused.status, between) == (409, {"refund": {"USD": 500}})
    assert "The limits now Refunds over USD 5.00" in refused.text
    assert approvals.limits(shop.business_id) == {"refund": {"USD": 300}, "payout": {"USD": 900}}


def test_gifts_and_points_over_their_limits_wait(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    ann, ben = signed_in(shop), signed_in(shop)
    assert (
        "Enter points as a whole number" in ann.get("/portal/approvals/limits").form("/limits").send(points="ten").text
    )
    ann.get("/portal/approvals/limits").form("/limits").send(top_up="USD 5.00", points="100")
    ann.get("/portal/approvals/limits").form("/limits").send()  # as it stands there
    assert approvals.limits(shop.business_id) == {"top_up": {"USD": 500}, "points": {"PTS": 100}}

    form = ann.get("/portal/points").follow("Grant points").form("/points/change")
    response = form.send(buyer="mule", points="500", reason="goodwill")

    assert "You, one of your keys" in response.text
    mine = ben.get("/portal/approvals").follow("500 points granted")
    assert "Approved and completed" in mine.form("/decide").send(decision="approve", reason="known customer").text
    assert "+500" in ann.get("/portal/points/buyer?reference=mule").text

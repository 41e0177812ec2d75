"""State machines, what is stuck, and manual transitions with a second person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.core.ids import show
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


def test_each_machine_is_drawn_with_what_is_in_its_states(shop: Shop, owner: Visitor) -> None:
    shop.paid_order()
    shop.place()
    shop.pay(shop.place())

    orders = owner.get("/portal/flows")
    attempts = orders.follow("Payment attempts")

    assert "created 1" in _flow(orders)
    assert "fulfilled 1" in _flow(orders)
    assert "pending 1" in _flow(attempts)
    assert "Counts include only unfinished objects" in attempts.text
    assert "Nothing is stuck" in orders.text
    for machine in ("Deliveries", "Checkouts", "Bank transfers"):
        assert orders.follow(machine).status == 200
    assert not owner.fragment("/portal/flows?machine=delivery", "flow-diagram").is_whole


def test_what_stands_still_is_moved_when_somebody_else_approves(
    shop: Shop, signed_in: Callable[..., Visitor], clock: Any
) -> None:
    ann, ben = signed_in(shop), signed_in(shop, "support")
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    clock.move(11 * 60)
    page = ann.get("/portal/flows").follow("Change status manually")
    assert "Current state: pending" in _flow(page)
    slips = [page.form(show("att", attempt_id)).send(**typed) for typed in ({"reason": "x"}, {"to": "failed"})]

    response = page.form(show("att", attempt_id)).send(to="failed", reason="their page says declined")
    again = ann.get(page.path).form(show("att", attempt_id)).send(to="failed", reason="once more")

    assert [slip.status for slip in slips] == [422, 422]
    assert "You, one of your keys" in response.text
    assert again.status == 409
    done = ben.get(response.path).form("/decide").send(decision="approve", reason="saw it too")
    assert "Approved and completed" in done.text
    assert shop.attempt(attempt_id).status == "failed"
    story = ann.get(f"/portal/orders/{show('ord', order_id)}?show=people").text
    assert "A manual transition from pending to failed is waiting for approval" in story
    assert "A manual transition from pending to failed was carried out" in story
    assert "No manual change possible" in ann.get(f"/portal/flows/transition/{show('att', attempt_id)}").text
    assert not signed_in(shop, "viewer").get(f"/portal/flows/transition/{show('att', attempt_id)}").has_form("/decide")


def test_a_channels_secret_takes_two_people_once_the_owner_says_so(
    shop: Shop, signed_in: Callable[..., Visitor]
) -> None:
    ann, ben = signed_in(shop), signed_in(shop, "developer")
    limits = ann.get("/portal/approvals/limits").form("/limits").send(channels_need_approval="y")
    assert "checked" in limits.source
    path = f"/portal/channels/{show('cha', shop.account_id)}"

    response = ben.get(path).form(path).send(**{"setting_api_key": "another-secret"})

    assert "You, one of your keys" in response.text
    assert "another-secret" not in response.source
    assert "••• (another one)" in response.text
    rejected = ann.get(response.path).form("/decide").send(decision="reject", reason="not planned")
    assert "Nothing was changed" in rejected.text
    assert "another-secret" not in ann.get("/portal/audit-log").source


def _flow(page: Page) -> str:
    """What the diagram says to those who do not see it."""
    return page.document.all("svg", class_="flow chart-wide")[0].get("aria-label")

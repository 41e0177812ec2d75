"""One order's page: where it is, what it may do, its story by kind, its ledger as T accounts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from app.core.ids import show
from app.domain.orders.states import ORDER
from app.web.portal.operations.flows.diagram import MACHINES, PLACES, draw
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.webhooks import manage_webhooks
from app.workflow.webhooks.make_deliveries import make_deliveries
from app.workflow.webhooks.manage_webhooks import EndpointCommand
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("upright", [False, True])
def test_a_picture_shows_every_state_and_every_edge_of_its_machine(name: str, upright: bool) -> None:
    machine = MACHINES[name]
    assert set(PLACES[name]) == machine.states
    assert len(set(PLACES[name].values())) == len(machine.states), "two states in one place"

    for state in machine.states:
        found = draw(name, current=state, upright=upright)

        following = {to for source, to in machine.edges if source == state}
        assert {node.name for node in found.nodes if node.look == "next"} == following
        assert sum(arrow.heads.count("M") for arrow in found.arrows) == len(machine.edges)
        assert all(node.x >= 0 and node.x + found.node_width <= found.width for node in found.nodes)


def test_the_flow_says_where_the_order_is_and_how_it_came(shop: Shop, owner: Visitor) -> None:
    page = owner.get(_path(shop.paid_order()))

    wide, narrow = page.document.all("svg", role="img")[:2]
    assert wide.get("aria-label") == "Current state: fulfilled. Possible next states: completed, refunding."
    assert narrow.get("aria-label") == wide.get("aria-label")
    assert len([each for each in wide.walk() if each.get("class") == "arrow arrow-was"]) == 4
    assert {to for source, to in ORDER.edges if source == "fulfilled"} == {"completed", "refunding"}


def test_the_timeline_can_be_narrowed_to_one_kind(shop: Shop, owner: Visitor) -> None:
    manage_webhooks.create_endpoint(
        shop.business_id, EndpointCommand("https://hooks.example/", ["order.paid"]), actor="x"
    )
    order_id = shop.paid_order()
    make_deliveries(shop.business_id)
    whole = owner.get(_path(order_id))

    messages = whole.follow("Messages")
    ledger = owner.fragment(_path(order_id) + "?show=ledger", "timeline")

    assert _moments(messages) == ["Webhook order.paid pending"]
    assert set(_moments(ledger)) == {"Posted: charge", "Held in the ledger: charge"}
    assert not ledger.is_whole
    assert _moments(owner.get(_path(order_id) + "?show=nonsense")) == _moments(whole)
    assert "No events of this type" in whole.follow("People").text


def test_what_waits_for_approval_is_on_the_page(shop: Shop, owner: Visitor) -> None:
    set_approval_limits(shop.business_id, {"refund": {"USD": 0}})
    order_id = shop.paid_order()
    owner.get(_path(order_id)).form("/refund").send(extent="part", amount="6.00").form("/refund").send()

    page = owner.get(_path(order_id))

    assert "Waits for approval $6.00" in page.text
    assert "A refund of $6.00 is waiting for approval" in _moments(page.follow("People"))
    assert "Approval of $6.00" in page.text


def test_books_are_t_accounts_that_balance(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order(2)
    shop.refund(order_id, 700)

    page = owner.get(_path(order_id))

    tables = page.document.all("table", class_="t-account")
    assert [each.all("caption")[0].text for each in tables] == ["Channel clearing Pretend Pay", "Merchant payable"]
    assert [each.all("tfoot")[0].text for each in tables] == ["$20.00 $7.00", "$7.00 $20.00"]
    assert "$27.00 debit = $27.00 credit" in page.text


def test_each_state_offers_what_it_allows_as_buttons_and_as_commands(
    shop: Shop, owner: Visitor, signed_in: Callable[..., Visitor]
) -> None:
    done, waiting = shop.paid_order(), shop.place()

    paid, unpaid = owner.get(_path(done)), owner.get(_path(waiting))

    assert (paid.has_form("/complete"), paid.has_form("/close"), paid.has_form("/refund")) == (True, False, True)
    assert (unpaid.has_form("/complete"), unpaid.has_form("/close"), unpaid.has_form("/refund")) == (False, True, False)
    assert re.findall(r"/v1/[a-z]+", _commands(paid)) == ["/v1/orders", "/v1/trace", "/v1/refunds", "/v1/orders"]
    assert show("ord", done) in _commands(paid)
    assert "/cancel" in _commands(unpaid)
    assert not _commands(signed_in(shop, "support").get(_path(done)))
    after = paid.form("/complete").send()
    assert "Completed" in after.text
    assert not after.has_form("/complete")


def _commands(page: Page) -> str:
    return " ".join(each.text for each in page.document.all("pre") if "curl" in each.text)


def _moments(page: Page) -> list[str]:
    return [each.text for each in page.document.all("p", class_="what")]


def _path(order_id: object) -> str:
    return f"/portal/orders/{show('ord', order_id)}"

"""The test clock in the portal, and the strip that tells its time on every page."""

from __future__ import annotations

from datetime import timedelta

from app.core import clock
from app.read.operations import test_clocks
from app.workflow.operations import advance_test_clock
from tests.factories.shop import Shop
from tests.pages import Visitor

ADDRESS = "/portal/settings/test-clock"


def test_a_clock_is_created_and_advanced_and_every_page_tells_the_time(shop: Shop, owner: Visitor) -> None:
    order_id = shop.place()
    before = owner.get("/portal/orders").text
    created = owner.get(ADDRESS).form("/test-clock").send()

    advancing = created.form("/advance").send(by="30d")
    while advance_test_clock.carry_on(shop.business_id):
        pass

    found = test_clocks.find(shop.business_id)
    assert found is not None
    assert timedelta(days=29) < found.now - clock.actual() < timedelta(days=31)
    assert ("Test clock: it is" in before, "Ready" in created.text, "Advancing to" in advancing.text) == (
        False,
        True,
        True,
    )
    assert "Test clock: it is" in owner.get("/portal/orders").text
    assert shop.order(order_id).status == "closed"


def test_a_time_that_is_over_is_said_beside_its_field(shop: Shop, owner: Visitor) -> None:
    page = owner.get(ADDRESS).form("/test-clock").send()

    refused = page.form("/advance").send(by="1d", time="2020-01-01T00:00")

    assert (refused.status, "never goes back" in refused.text) == (422, True)
    assert test_clocks.of_business(shop.business_id).status == "ready"


def test_one_that_was_never_advanced_is_deleted(shop: Shop, owner: Visitor) -> None:
    page = owner.get(ADDRESS).form("/test-clock").send()

    gone = page.form("/delete").send()

    assert "Create a test clock" in gone.text
    assert test_clocks.find(shop.business_id) is None


def test_signing_in_keeps_real_time(shop: Shop, owner: Visitor) -> None:
    shop.advance(300 * 86_400)

    assert owner.get("/portal/orders").status == 200

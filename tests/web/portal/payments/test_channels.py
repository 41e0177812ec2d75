"""Channel accounts: a form drawn from the channel's schema, secrets encrypted."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core import db
from app.core.ids import show
from app.core.limits import bulkhead
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.breaker_changes import BreakerChange
from app.domain.payments.errors import NoChannel
from app.read.checkout import checkouts
from app.workflow.checkout import open_checkout
from app.workflow.payments import manage_channels, manage_routing, record_refused_notice
from app.workflow.payments.manage_routing import ChannelTermsCommand
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_a_secret_left_empty_is_kept_and_never_shown(shop: Shop, owner: Visitor) -> None:
    page = owner.get(_path(shop))

    saved = page.form(show("cha", shop.account_id)).send(name="Pretend Pay, main", priority="5")

    assert saved.heading.startswith("Pretend Pay, main")
    assert shop.api_key not in page.source + saved.source
    assert shop.paid_order()


def test_a_new_secret_takes_the_place_of_the_old(shop: Shop, owner: Visitor) -> None:
    owner.get(_path(shop)).form(show("cha", shop.account_id)).send(setting_api_key="a-wrong-key-0123456789")

    attempt = shop.attempt(shop.pay(shop.place()))

    assert attempt.status != "pending"


def test_an_account_is_added_from_the_channels_own_form(shop: Shop, owner: Visitor) -> None:
    form = owner.get("/portal/channels/new/simulator").form("/new/simulator")

    refused = form.send(name="Second", setting_base_url="not an address", setting_merchant_id="", setting_api_key="")
    response = form.send(
        name="Pretend Pay", setting_base_url=shop.simulator, setting_merchant_id="m", setting_api_key="k"
    )
    added = form.send(name="Second", setting_base_url=shop.simulator, setting_merchant_id="m", setting_api_key="k")

    assert refused.status == 422
    assert response.status == 409
    assert added.heading.startswith("Second")
    assert f"/callbacks/simulator/{added.path.rsplit('/', 1)[1]}" in added.text


def test_refused_notices_are_shown_with_the_channel(app: Flask, shop: Shop, owner: Visitor) -> None:
    record_refused_notice.tally.forget()
    assert "Refused notices" not in owner.get(_path(shop)).text
    for body in (b"{}", b"<html>" * 100):
        app.test_client().post(f"/callbacks/simulator/{show('cha', shop.account_id)}", data=body)

    seen = owner.get(_path(shop)).text

    assert "2 in the last 24 hours" in seen
    assert "bad_signature" in seen
    assert "600" in seen


def test_a_channel_that_is_switched_off_takes_no_payment(shop: Shop, owner: Visitor) -> None:
    order_id = shop.place()

    owner.get(_path(shop)).form(show("cha", shop.account_id)).send(enabled=None)

    assert "Off" in owner.get("/portal/channels").text
    with pytest.raises(NoChannel):
        shop.pay(order_id)


def test_limits_and_cost_are_kept_per_currency(shop: Shop, owner: Visitor) -> None:
    form = owner.get(_path(shop)).form("/terms")

    refused = form.send(currency="USD", lowest="5", highest="4")
    saved = form.send(currency="USD", highest="9.99", fee_percent="2.9", fee_fixed="0.30")
    filled = owner.get(f"{_path(shop)}?currency=USD").form("/terms").values()

    assert refused.status == 422
    assert "$9.99" in saved.text
    assert "2.90% + $0.30" in saved.text
    assert (filled["highest"], filled["fee_percent"], filled["fee_fixed"]) == ("9.99", "2.90", "0.30")
    with pytest.raises(NoChannel):
        shop.pay(shop.place())
    response = owner.get(_path(shop)).form("/terms").send(currency="USD", highest="", fee_percent="", fee_fixed="")
    assert "2.90%" not in response.text
    assert shop.paid_order()


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, "The connection works."),
        ({"setting_api_key": "a-wrong-key-0123456789"}, "A key does not match."),
        ({"setting_merchant_id": "nobody-knows"}, "The payment company does not know this merchant."),
        ({"setting_base_url": "http://127.0.0.1:9"}, "The host cannot be reached. Tried: 127.0.0.1:9."),
    ],
)
def test_the_connection_is_tried_and_says_what_is_wrong(
    shop: Shop, owner: Visitor, changed: dict[str, str], text: str
) -> None:
    page = owner.get(_path(shop)).form(show("cha", shop.account_id)).send(**changed)

    tried = page.form("/test").send()

    assert text in tried.text
    assert shop.api_key not in tried.source


def test_testing_too_many_connections_at_once_is_refused_for_a_while(shop: Shop, owner: Visitor) -> None:
    page = owner.get(_path(shop))

    with (
        bulkhead.current().slot("try", shop.business_id, "one"),
        bulkhead.current().slot("try", shop.business_id, "another"),
    ):
        busy = page.form("/test").send()
    tried = page.form("/test").send()

    assert (busy.status, "Please wait" in busy.text) == (429, True)
    assert "The connection works." in tried.text


def test_health_shows_calls_errors_and_breakers(shop: Shop, owner: Visitor) -> None:
    assert "No calls in this period." in owner.get("/portal/channels/health").text
    shop.paid_order()
    shop.script("create", "http_500", times=1)
    shop.pay(shop.place())
    with db.phase("test.breaker", shop.business_id):
        db.add(
            BreakerChange, channel_account_id=shop.account_id, operation="create", before="closed", after="open",
            successes=1, failures=8, pause_s=15,
        )  # fmt: skip

    page = owner.get("/portal/channels/health?hours=1")

    assert "create Works 2 50%" in page.text
    assert "8 of 9 calls failed; retry after 15 s" in page.text
    assert "500" in page.text


def test_one_way_is_shown_once_however_many_accounts_take_it(shop: Shop) -> None:
    before = [each["title"] for each in _ways(shop)]
    values = {"base_url": shop.simulator, "merchant_id": "m", "api_key": "k"}
    manage_channels.add_channel_account(shop.business_id, channel="simulator", name="Second", values=values)

    after = _ways(shop)

    assert before == ["Pretend Pay", "Pretend Pay · QR code", "Pretend Pay · App"]
    assert [each["title"] for each in after] == before
    assert [each["id"] for each in after] == ["simulator", "simulator_qr", "simulator_app"]


def test_a_way_that_every_limit_shuts_cannot_be_chosen(shop: Shop) -> None:
    manage_routing.set_terms(shop.business_id, shop.account_id, "USD", ChannelTermsCommand(max_minor=999))

    assert {(each["available"], each["reason"]) for each in _ways(shop)} == {(False, "amount")}


def _ways(shop: Shop) -> list[dict[str, object]]:
    opened = open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="b")
    )
    return list(checkouts.snapshot(shop.business_id, opened.session_id)["payment_methods"])


def _path(shop: Shop) -> str:
    return f"/portal/channels/{show('cha', shop.account_id)}"

"""Channel accounts: a form drawn from the channel's schema, secrets sealed."""

from __future__ import annotations

import pytest

from app.core.ids import show
from app.domain.payments.errors import NoChannel
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
    taken = form.send(name="Pretend Pay", setting_base_url=shop.simulator, setting_merchant_id="m", setting_api_key="k")
    added = form.send(name="Second", setting_base_url=shop.simulator, setting_merchant_id="m", setting_api_key="k")

    assert refused.status == 422
    assert taken.status == 409
    assert added.heading.startswith("Second")
    assert f"/callbacks/simulator/{added.path.rsplit('/', 1)[1]}" in added.text


def test_a_channel_that_is_switched_off_takes_no_payment(shop: Shop, owner: Visitor) -> None:
    order_id = shop.place()

    owner.get(_path(shop)).form(show("cha", shop.account_id)).send(enabled=None)

    assert "Off" in owner.get("/portal/channels").text
    with pytest.raises(NoChannel):
        shop.pay(order_id)


def _path(shop: Shop) -> str:
    return f"/portal/channels/{show('cha', shop.account_id)}"

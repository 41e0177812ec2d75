"""The demo business: everything that a first start shows, made once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import db, settings
from app.core.ids import parse
from app.domain.accounts.business.models import Business, Membership
from app.domain.catalog.models import Sku
from app.domain.orders.models import CheckoutConfiguration
from app.domain.payments.models import ChannelAccount
from app.domain.webhooks.models import WebhookEndpoint
from app.workflow.accounts.authenticate_key import authenticate_key
from app.workflow.accounts.people.log_in import log_in
from app.workflow.checkout.manage_configurations import change_configuration
from app.workflow.operations.seed_demo import EMAIL, seed_demo

SHOP_URL = "http://127.0.0.1:5999"


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """What the first call answered."""
    request.getfixturevalue("own_database")
    before = settings.current()
    settings.use(replace(before, shop_url=SHOP_URL))
    yield seed_demo()
    settings.use(before)


def test_what_it_answers_opens_the_business(demo: dict[str, Any]) -> None:
    business_id, owner_id = _business(demo), log_in(EMAIL, demo["password"])

    assert (demo["fresh"], owner_id is not None) == (True, True)
    assert _row(select(Membership.role).where(Membership.user_id == owner_id)).role == "owner"
    assert authenticate_key(demo["secret_key"]).business_id == business_id
    assert authenticate_key(demo["publishable_key"], kinds=("publishable",)).business_id == business_id
    assert demo["webhook_secret"]


def test_it_sells_a_membership_through_one_channel_and_by_a_button(demo: dict[str, Any]) -> None:
    business_id = _business(demo)
    skus = [_row(select(Sku.__table__).where(Sku.id == parse("sku", each))) for each in demo["sku_ids"]]
    button = _button(demo)

    assert [(sku.price_minor, sku.currency, sku.delivery_days) for sku in skus] == [
        (900, "USD", 30), (2400, "USD", 90), (8400, "USD", 365),
    ]  # fmt: skip
    assert button.return_url == f"{SHOP_URL}/buttons"
    assert button.business_id == business_id
    accounts = ChannelAccount.__table__
    assert _row(select(accounts).where(accounts.c.business_id == business_id)).channel == "simulator"


def test_a_second_call_makes_nothing_and_tells_no_secret(demo: dict[str, Any]) -> None:
    before = _counts()

    again = seed_demo()

    assert again == {"fresh": False, "email": EMAIL, "configuration": demo["configuration"]}
    assert _counts() == before
    assert log_in(EMAIL, demo["password"]) is not None


def test_a_shop_that_has_moved_is_let_in_and_hears_of_everything_there(
    demo: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, moved = _counts(), "http://127.0.0.1:5998"
    monkeypatch.setattr(settings, "_current", replace(settings.current(), shop_url=moved))

    for _ in range(2):
        seed_demo()

    business_id = _business(demo)
    origins = _row(select(Business.allowed_origins).where(Business.id == business_id)).allowed_origins
    [endpoint] = _rows(select(WebhookEndpoint.__table__).where(WebhookEndpoint.business_id == business_id))
    assert (_counts(), sorted(origins)) == (before, [moved, SHOP_URL])
    assert (endpoint.url, list(endpoint.topics)) == (f"{moved}/hook", ["*"])
    assert _button(demo).return_url == f"{moved}/buttons"
    monkeypatch.undo()
    seed_demo()
    assert _button(demo).return_url == f"{SHOP_URL}/buttons"


def test_a_button_that_somebody_sent_elsewhere_stays_so(demo: dict[str, Any]) -> None:
    business_id, own = _business(demo), parse("cfg", demo["configuration"])
    change_configuration(business_id, own, {"return_url": "https://shop.example/thanks"})

    seed_demo()
    kept = _button(demo).return_url
    change_configuration(business_id, own, {"return_url": f"{SHOP_URL}/buttons"})

    assert kept == "https://shop.example/thanks"


def _business(demo: dict[str, Any]) -> uuid.UUID:
    return parse("biz", demo["business_id"])


def _button(demo: dict[str, Any]) -> Any:
    own = CheckoutConfiguration.id == parse("cfg", demo["configuration"])
    return _row(select(CheckoutConfiguration.__table__).where(own))


def _counts() -> list[int]:
    models: tuple[Any, ...] = (Business, Membership, Sku, ChannelAccount, CheckoutConfiguration, WebhookEndpoint)
    return [_rows(select(func.count().label("number")).select_from(model))[0].number for model in models]


def _row(statement: Any) -> Any:
    [row] = _rows(statement)
    return row


def _rows(statement: Any) -> Any:
    with db.system_reading():
        return db.rows(statement)

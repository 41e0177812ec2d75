"""Each setting is read where it acts: a change changes what happens."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from app.core.errors import AppError, Denied, Invalid
from app.core.ids import show
from app.core.limits import breaker
from app.domain.accounts.business.settings import choices
from app.domain.accounts.business.settings.types import Value
from app.domain.notifications.alerts.types import KINDS
from app.domain.orders.errors import OrderState
from app.domain.orders.models import CheckoutSession
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.routing import breaker_key
from app.workflow import guarded_channel
from app.workflow.accounts.change_settings import change_settings
from app.workflow.checkout.open_checkout import open_checkout
from app.workflow.orders.close_orders import close_order
from app.workflow.payments.pay_order import pay_order
from tests.factories.people import make_user
from tests.factories.shop import Shop

Change = Callable[..., None]


@pytest.fixture
def change(shop: Shop) -> Change:
    """A function that changes settings of the shop."""

    def apply(**values: Value) -> None:
        change_settings(shop.business_id, values, actor="test")
        guarded_channel.forget_chosen(shop.business_id)

    return apply


def person(shop: Shop, role: str) -> str:
    """A member of the team, as histories name them."""
    return show("usr", make_user(shop.business_id, role).user_id)


def test_only_chosen_roles_close_an_order_by_hand(shop: Shop, change: Change) -> None:
    owner, support = person(shop, "owner"), person(shop, "support")
    key = f"key:{show('key', uuid.uuid4())}"
    first, second = shop.place(), shop.place()
    change(close_roles=["owner"])

    for actor in (support, key):
        with pytest.raises(Denied, match="only some roles"):
            close_order(shop.business_id, first, reason="cancelled", actor=actor)
    closed = close_order(shop.business_id, first, reason="cancelled", actor=owner)
    change(close_roles=["owner", "key"])

    assert closed == "closed"
    assert close_order(shop.business_id, second, reason="cancelled", actor=key) == "closed"


def test_the_system_and_the_buyer_close_whatever_roles_were_chosen(shop: Shop, change: Change) -> None:
    change(close_roles=["owner"], close_while_paying=False)

    for actor in ("system", "buyer:b"):
        assert close_order(shop.business_id, shop.place(), reason="cancelled", actor=actor) == "closed"


@pytest.mark.parametrize("allowed", [True, False])
def test_an_order_that_is_being_paid_is_closed_by_hand_where_that_is_allowed(
    shop: Shop, change: Change, allowed: bool
) -> None:
    owner, unpaid, paying = person(shop, "owner"), shop.place(), shop.place()
    shop.pay(paying)
    change(close_while_paying=allowed)

    assert close_order(shop.business_id, unpaid, reason="cancelled", actor=owner) == "closed"
    if allowed:
        assert close_order(shop.business_id, paying, reason="cancelled", actor=owner) == "closed"
    else:
        with pytest.raises(OrderState):
            close_order(shop.business_id, paying, reason="cancelled", actor=owner)
        assert shop.order(paying).status == "paying"


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("https://shop.example/thanks?x=1", True),
        ("https://SHOP.example/", True),
        ("https://shop.example.evil.example/", False),
        ("http://shop.example/", False),
        ("https://other.example/", False),
        ("myapp://back", False),
        (None, True),
    ],
)
def test_buyers_are_sent_back_to_chosen_origins_only(
    shop: Shop, change: Change, url: str | None, is_allowed: bool
) -> None:
    _open(shop, url)  # anywhere, as long as nothing is chosen
    change(return_origins=["https://shop.example"])

    if is_allowed:
        _open(shop, url)
        pay_order(shop.business_id, shop.place(), channel="simulator", scene="web", return_url=url)
        return
    with pytest.raises(Invalid) as session:
        _open(shop, url)
    with pytest.raises(Invalid) as order:
        pay_order(shop.business_id, shop.place(), channel="simulator", scene="web", return_url=url)
    assert {session.value.code, order.value.code} == {"return_url_denied"}


def test_a_session_without_a_return_address_has_the_default_one(shop: Shop, change: Change) -> None:
    before = _return_url(shop, _open(shop, None))
    change(return_url="https://shop.example/thanks", return_origins=["https://shop.example"])

    assert before is None
    assert _return_url(shop, _open(shop, None)) == "https://shop.example/thanks"
    assert _return_url(shop, _open(shop, "https://shop.example/x")) == "https://shop.example/x"


@pytest.mark.parametrize("wrong", [["shop.example"], ["http://shop.example"], ["https://*.shop.example"]])
def test_return_addresses_are_origins(change: Change, wrong: list[str]) -> None:
    with pytest.raises(AppError):
        change(return_origins=wrong)


@pytest.mark.parametrize(
    ("setting", "operation"), [("breaker_failures", "create"), ("breaker_query_failures", "query")]
)
@pytest.mark.parametrize("failures", [3, 5])
def test_calls_pause_after_as_many_failures_as_chosen(
    shop: Shop, change: Change, setting: str, operation: str, failures: int
) -> None:
    change(**{setting: failures})

    policy = guarded_channel.chosen_of(shop.business_id).policy(operation)
    other = guarded_channel.chosen_of(shop.business_id).policy("query" if operation == "create" else "create")
    key = breaker_key(uuid.uuid4(), operation)
    changes = [breaker.current().report(key, is_good=False, policy=policy) for _ in range(failures)]

    assert [each is not None for each in changes] == [False] * (failures - 1) + [True]
    assert other.failures == 8


def test_the_first_pause_is_as_long_as_chosen(shop: Shop, change: Change) -> None:
    change(breaker_failures=3, breaker_pause_s=42)
    policy = guarded_channel.chosen_of(shop.business_id).policy("refund")
    key = breaker_key(uuid.uuid4(), "refund")

    [*_, opened] = [breaker.current().report(key, is_good=False, policy=policy) for _ in range(3)]

    assert opened is not None
    assert opened.pause_s == 42


def test_payments_at_a_company_that_fails_pause_as_chosen(shop: Shop, change: Change) -> None:
    change(breaker_failures=3)
    shop.script("create", "http_500", times=3)

    for _ in range(3):
        shop.pay(shop.place())

    assert breaker.current().states([breaker_key(shop.account_id, "create")]).popitem()[1] != "closed"


@pytest.mark.parametrize(
    ("setting", "inside", "outside"),
    [
        ("breaker_failures", (3, 50), (2, 51)),
        ("breaker_query_failures", (3, 50), (2, 51)),
        ("breaker_pause_s", (5, 300), (4, 301)),
    ],
)
def test_bounds(change: Change, setting: str, inside: tuple[int, int], outside: tuple[int, int]) -> None:
    for value in inside:
        change(**{setting: value})
    for value in outside:
        with pytest.raises(Invalid):
            change(**{setting: value})


def test_alerts_that_can_be_chosen_are_those_there_are() -> None:
    assert dict(choices.alert_kinds()) == {key: kind.title for key, kind in KINDS.items()}


def _open(shop: Shop, url: str | None) -> uuid.UUID:
    items = [OrderItem(shop.sku_id, 1)]
    return open_checkout(shop.business_id, items=items, buyer=Buyer(reference="b"), return_url=url).session_id


def _return_url(shop: Shop, session_id: uuid.UUID) -> str | None:
    table = CheckoutSession.__table__
    found: str | None = shop.one(table.select().where(table.c.id == session_id)).return_url
    return found

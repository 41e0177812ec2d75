"""A session becomes an order, once, as the buyer saw it; or the buyer gives up."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from app.core import settings
from app.core.errors import AppError, Denied, NotFound, TooMany
from app.core.ids import new_id
from app.core.limits.ratelimit import Counter
from app.domain.catalog.errors import NotOnSale, OutOfStock
from app.domain.checkout.agreements.errors import AgreementNeeded
from app.domain.orders.errors import OrderState, PriceChanged, SessionClosed
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.types import Buyer, OrderItem, SessionTerms
from app.domain.payments.errors import NoChannel
from app.domain.payments.models import PaymentAttempt
from app.domain.payments.types import WalletPortion
from app.workflow.catalog import manage_catalog
from app.workflow.checkout import confirm_checkout, open_checkout
from app.workflow.checkout.manage_agreements import publish_agreement
from app.workflow.checkout.open_checkout import LineChange
from tests.factories.promotions import active_promotion
from tests.factories.shop import Shop

ALL_THERE_IS = WalletPortion(None)


@pytest.fixture
def one_per_address(shop: Shop) -> Iterator[None]:
    """An installation that lets one address begin a single payment in ten minutes."""
    assert shop
    known = settings.current()
    settings.use(replace(known, payments_per_address=1))
    yield
    settings.use(known)


def test_the_order_is_what_the_session_was_and_knows_its_buyer(shop: Shop) -> None:
    buyer = Buyer(reference="ann", email="ann@shop.example", groups=("vip",))
    session_id = _open(shop, buyer=buyer, details={"metadata": {"cart": "7"}}, locale="de")

    order_id = _confirm(shop, session_id, buyer_ip="198.51.100.7", language="fr", return_url="https://shop.example/")

    order, session = shop.order(order_id), _session(shop, session_id)
    assert (order.session_id, order.total_minor, order.buyer_email) == (session_id, 1000, "ann@shop.example")
    assert (order.details["metadata"], order.details["locale"]) == ({"cart": "7"}, "fr")
    assert order.details["payer"] == {"buyer_ip": "198.51.100.7"}
    assert (session.order_id, session.return_url) == (order_id, "https://shop.example/")


def test_the_same_request_again_goes_on_with_one_order_and_one_payment(shop: Shop) -> None:
    session_id, request_id = _open(shop), new_id()

    orders = {_confirm(shop, session_id, request_id=request_id) for _ in range(3)}

    assert len(orders) == len(_attempts(shop)) == 1
    with pytest.raises(AppError) as refused:
        _confirm(shop, session_id, request_id=new_id())
    assert refused.value.code == "payment_in_progress"


def test_windows_that_confirm_at_once_make_one_order(shop: Shop) -> None:
    session_id = _open(shop)

    def press(_: int) -> str:
        try:
            _confirm(shop, session_id, request_id=new_id())
        except AppError as refused:
            return refused.code
        return "began"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(press, range(4)))

    assert outcomes.count("began") == 1
    assert set(outcomes) <= {"began", "payment_in_progress", "version_conflict"}
    assert (len(shop.many(select(Order.id))), len(_attempts(shop))) == (1, 1)


def test_nothing_is_ordered_that_the_buyer_did_not_see(shop: Shop) -> None:
    session_id = _open(shop)
    seen = _session(shop, session_id)
    active_promotion(shop.business_id)

    with pytest.raises(PriceChanged):
        _confirm(shop, session_id, seen_minor=1000)
    change = LineChange(key=None, quantity=2)
    open_checkout.change_checkout(shop.business_id, session_id, lines=[change])
    with pytest.raises(SessionClosed) as refused:
        _confirm(shop, session_id, seen_version=seen.edits + seen.version)

    assert refused.value.code == "session_changed"
    _nothing_begun(shop)
    assert shop.order(_confirm(shop, session_id, seen_minor=1800)).total_minor == 1800


def test_a_method_that_cannot_pay_the_session_begins_nothing(shop: Shop) -> None:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    funded = len(_attempts(shop))
    guest, bank_only = _open(shop), _open(shop, terms=SessionTerms(channels=("offline",)))

    for session_id, error, how in (
        (guest, Denied, {"channel": "wallet"}),
        (guest, Denied, {"from_wallet": ALL_THERE_IS}),
        (guest, NoChannel, {"channel": "barter"}),
        (bank_only, NoChannel, {"channel": "simulator"}),
        (bank_only, NoChannel, {"channel": None}),
    ):
        with pytest.raises(error):
            _confirm(shop, session_id, **how)

    assert (shop.many(select(Order.id)), len(_attempts(shop))) == ([], funded)


def test_what_cannot_be_bought_any_more_is_not_ordered(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(stock=1)
    too_many, unpublished = _open(shop, items=[OrderItem(shop.sku_id, 2)]), _open(shop)
    with pytest.raises(OutOfStock):
        _confirm(shop, too_many)

    publish_agreement(shop.business_id, code="terms", locale="en", title="Terms", body="Be kind.")
    with pytest.raises(AgreementNeeded):
        _confirm(shop, unpublished)
    manage_catalog.unpublish_product(shop.business_id, shop.product_id, actor="test")
    with pytest.raises(NotOnSale):
        _confirm(shop, unpublished)
    with pytest.raises(NotFound):
        _confirm(shop, new_id())

    _nothing_begun(shop)
    shop.audit()


@pytest.mark.usefixtures("one_per_address")
def test_so_many_payments_begin_at_one_address_and_refused_ones_do_not_count(shop: Shop) -> None:
    counter = Counter(settings.current().redis_url)
    about: dict[str, Any] = {"counter": counter, "buyer_ip": f"address of {uuid.uuid4()}"}

    with pytest.raises(NoChannel):
        _confirm(shop, _open(shop), channel="barter", **about)
    _confirm(shop, _open(shop), **about)
    with pytest.raises(TooMany):
        _confirm(shop, _open(shop), **about)

    assert len(_attempts(shop)) == 1


def test_a_buyer_gives_up_once_and_not_what_was_paid(shop: Shop) -> None:
    given_up, paid = _open(shop), _open(shop)
    closed, kept = _confirm(shop, given_up), _confirm(shop, paid)
    attempt_id = shop.one(select(PaymentAttempt.id).order_by(PaymentAttempt.id.desc())).id
    shop.approve(attempt_id)

    _cancel(shop, given_up)
    for session_id, error in ((given_up, SessionClosed), (paid, OrderState)):
        with pytest.raises(error):
            _cancel(shop, session_id)

    assert (shop.order(closed).close_reason, _session(shop, given_up).status) == ("cancelled", "cancelled")
    assert (shop.order(kept).status, _session(shop, paid).status) == ("paid", "complete")


def _open(shop: Shop, **more: Any) -> uuid.UUID:
    about: dict[str, Any] = {"items": [OrderItem(shop.sku_id, 1)], "buyer": Buyer(reference="buyer-1")}
    return open_checkout.open_checkout(shop.business_id, **about | more).session_id


def _confirm(shop: Shop, session_id: uuid.UUID, **how: Any) -> uuid.UUID:
    about = {"channel": "simulator", "agreements": [], **how}
    return confirm_checkout.confirm_checkout(shop.business_id, session_id, **about)


def _cancel(shop: Shop, session_id: uuid.UUID) -> None:
    confirm_checkout.cancel_checkout(shop.business_id, session_id, actor="buyer")


def _session(shop: Shop, session_id: uuid.UUID) -> Any:
    table = CheckoutSession.__table__
    return shop.one(select(table).where(table.c.id == session_id))


def _attempts(shop: Shop) -> list[Any]:
    return list(shop.many(select(PaymentAttempt.id)))


def _nothing_begun(shop: Shop) -> None:
    assert (shop.many(select(Order.id)), _attempts(shop)) == ([], [])

"""Mails to buyers are rows first: one for each event, in the order's language, or none at all."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.ids import new_id
from app.domain.fulfilment.parcels.types import Label
from app.domain.notifications.mails.models import Mail
from app.domain.orders.models import Order
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.workflow.fulfilment import manage_parcels
from app.workflow.notifications import queue_mail
from app.workflow.notifications.render_mail import render_mail
from app.workflow.orders.place_order import place_order
from tests.factories.parcels import line_of, paid_parcels, sell_parcels
from tests.factories.shop import Shop


@pytest.mark.usefixtures("box")
def test_a_receipt_is_due_at_once_and_queued_once_however_often_it_is_asked_for(shop: Shop) -> None:
    order_id = _order(shop, "ada@example.com")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: queue_mail.queue_receipt(shop.business_id, order_id), range(4)))
    queue_mail.queue_receipt(shop.business_id, order_id)

    [row] = _mails(shop)
    assert (row.kind, row.order_id, row.source_id, row.recipient) == ("receipt", order_id, order_id, "ada@example.com")
    assert (row.details, row.sent_at, row.next_attempt_at <= clock.now()) == ({}, None, True)


@pytest.mark.usefixtures("box")
def test_each_refund_is_told_of_once_with_its_own_amount(shop: Shop) -> None:
    order_id, first, second = _order(shop, "ada@example.com"), new_id(), new_id()

    for transaction_id, amount_minor in ((first, 300), (second, 700), (first, 300)):
        queue_mail.queue_refund(
            shop.business_id, order_id, transaction_id=transaction_id, amount_minor=amount_minor, currency="USD"
        )

    assert {row.source_id: row.details for row in _mails(shop)} == {
        first: {"amount_minor": 300, "currency": "USD", "to_wallet": False},
        second: {"amount_minor": 700, "currency": "USD", "to_wallet": False},
    }


@pytest.mark.usefixtures("box")
def test_a_mail_is_in_the_orders_language_or_in_english(shop: Shop) -> None:
    wanted = {"de": "de", "": "en", "tlh": "en"}
    orders = {language: _order(shop, "ada@example.com", language) for language in wanted}

    with db.phase("test.several", shop.business_id):
        queue_mail.queue_receipts_here(list(orders.values()))

    locales = {row.order_id: row.locale for row in _mails(shop)}
    assert {language: locales[order_id] for language, order_id in orders.items()} == wanted


@pytest.mark.usefixtures("box")
def test_of_several_orders_only_those_of_this_business_with_an_address_are_written_to(
    shop: Shop, new_shop: Any
) -> None:
    other = new_shop()
    known, nameless, elsewhere = _order(shop, "ada@example.com"), _order(shop, None), _order(other, "eve@example.com")

    with db.phase("test.several", shop.business_id):
        queue_mail.queue_receipts_here([known, nameless, elsewhere, new_id()])
        queue_mail.queue_receipts_here([])
    queue_mail.queue_refund(shop.business_id, nameless, transaction_id=new_id(), amount_minor=1, currency="USD")

    assert [row.order_id for row in _mails(shop)] == [known]
    assert _mails(other) == []


def test_an_installation_without_mail_writes_no_rows(shop: Shop) -> None:
    order_id = _order(shop, "ada@example.com")

    queue_mail.queue_receipt(shop.business_id, order_id)
    queue_mail.queue_refund(shop.business_id, order_id, transaction_id=new_id(), amount_minor=1, currency="USD")
    with db.phase("test.several", shop.business_id):
        queue_mail.queue_receipts_here([order_id])

    assert _mails(shop) == []


@pytest.mark.usefixtures("box")
def test_a_parcel_is_told_of_once_with_what_is_in_it_and_its_number(shop: Shop) -> None:
    sell_parcels(shop)
    order_id = paid_parcels(shop, 2, email="ada@example.com")
    label = Label(carrier="DHL", tracking_number="0034")
    parcel_id = manage_parcels.pack_parcel(shop.business_id, order_id, {}, label=label, actor="ada")

    manage_parcels.ship_parcel(shop.business_id, parcel_id, actor="ada")
    for _ in range(2):
        shop.work_off()
    queue_mail.queue_parcel(shop.business_id, order_id, parcel_id)

    [row] = [each for each in _mails(shop) if each.kind == "parcel"]
    text = render_mail(shop.business_id, row).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert row.recipient == "ada@example.com"
    assert row.details == {**vars(label), "units": {str(line_of(shop, order_id)): 2}}
    assert [part in text for part in ("× 2", "Carrier  DHL", "Tracking number  0034")] == [True] * 3


def _order(shop: Shop, email: str | None, language: str = "") -> uuid.UUID:
    buyer = Buyer(reference="ada", email=email)
    order_id = place_order(shop.business_id, PlaceOrderCommand(items=[OrderItem(shop.sku_id, 1)], buyer=buyer))
    details = shop.order(order_id).details | {"locale": language}
    with db.phase("test.language", shop.business_id):
        db.write(db.change(Order, order_id, details=details), expect=1)
    return order_id


def _mails(shop: Shop) -> list[Any]:
    return list(shop.many(select(Mail.__table__).order_by(Mail.id)))

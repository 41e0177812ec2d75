"""Mails to buyers: once for each event, in the order's language, retried when refused, abandoned in the end."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from app.core import mail, settings
from app.core.ids import show
from app.domain.notifications.mails.models import Mail
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.models import PaymentAttempt
from app.read.checkout.brand import brand
from app.read.orders.receipts import receipt
from app.workflow.accounts.change_settings import change_settings
from app.workflow.checkout import set_brand
from app.workflow.checkout.confirm_checkout import confirm_checkout
from app.workflow.checkout.open_checkout import open_checkout
from app.workflow.checkout.set_appearance import set_appearance
from app.workflow.notifications import send_mail
from app.workflow.orders.make_receipt import make_receipt
from tests.factories.people import make_user
from tests.factories.risk import make_rule_set, refund_by, refund_rule
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Path]:
    """The folder that mails are written to."""
    before = settings.current()
    settings.use(replace(before, mail_url=(tmp_path / "mail").as_uri(), mail_from="receipts@bursar.test"))
    yield tmp_path / "mail"
    settings.use(before)


def _paid(shop: Shop, locale: str, email: str | None = "ada@example.com") -> Any:
    """An order paid by a buyer whose page speaks the language."""
    buyer = Buyer(reference="buyer-1", email=email)
    opened = open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 2)], buyer=buyer, locale="auto")
    order_id = confirm_checkout(
        shop.business_id, opened.session_id, channel="simulator", agreements=[], language=locale
    )
    attempt_id = shop.one(select(PaymentAttempt.id).order_by(PaymentAttempt.id.desc())).id
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id


def _mails(shop: Shop) -> list[Any]:
    return list(shop.many(select(Mail.__table__).order_by(Mail.id)))


def _send(shop: Shop) -> list[bool]:
    return [send_mail.send(shop.business_id, row.id) for row in _mails(shop)]


def _read(file: Path) -> EmailMessage:
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _text(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_a_paid_order_is_mailed_once_in_its_language(app: Flask, shop: Shop, box: Path) -> None:
    order_id = _paid(shop, "de")

    first, again = _send(shop), _send(shop)
    [file] = box.iterdir()
    message = _read(file)
    plain, html = _text(message, "plain"), _text(message, "html")
    address = next(word for word in plain.split() if "/my/" in word)

    assert (first, again) == ([True], [False])
    assert (message["To"], message["Content-Language"]) == ("ada@example.com", "de")
    assert str(message["Subject"]).startswith("Ihr Zahlungsbeleg von ")
    assert "hat Ihre Zahlung über 20,00\xa0$ erhalten." in plain
    assert (f"  {shop.order(order_id).number}\n" in plain, 'lang="de" dir="ltr"' in html) == (True, True)
    assert app.test_client().get(urlsplit(address).path).status_code == 200
    [paper] = message.iter_attachments()
    assert (paper.get_filename(), paper.get_content()[:5]) == (f"receipt-{show('ord', order_id)}.pdf", b"%PDF-")


def test_a_language_that_the_business_does_not_offer_becomes_its_first(shop: Shop, box: Path) -> None:
    change_settings(shop.business_id, {"languages": ["fr", "en"]}, actor="usr_01jd3w8n2q4zt5b7yk2hc5e4rv")
    order_id = _paid(shop, "de")
    _paid(shop, "en")

    _send(shop)

    assert sorted(str(_read(file)["Content-Language"]) for file in box.iterdir()) == ["en", "fr"]
    make_receipt(shop.business_id, order_id)
    assert receipt(shop.business_id, None, order_id).locale == "fr"


def test_a_refund_is_mailed_and_arabic_reads_from_the_right(shop: Shop, box: Path) -> None:
    order_id = _paid(shop, "ar-EG")
    refund_id = shop.refund(order_id, 500)
    shop.poll(shop.refund_attempt(refund_id).id)
    shop.work_off()

    _send(shop)

    subjects = {str(_read(file)["Subject"]).split()[0] for file in box.iterdir()}
    assert subjects == {"إيصالك", "استرداد"}
    assert all('dir="rtl"' in _text(_read(file), "html") for file in box.iterdir())


def test_a_refund_to_the_balance_is_mailed_as_one(shop: Shop, box: Path) -> None:
    shop.keep_wallets()
    make_rule_set(shop, refund_rule("wallet_only"), to="on")
    order_id = _paid(shop, "de")
    refund_by(shop, order_id, show("usr", make_user(shop.business_id).user_id), amount_minor=500)
    shop.work_off()

    _send(shop)

    texts = [_text(_read(file), "html") for file in box.iterdir()]
    [refund] = [text for text in texts if "Ihre Erstattung ist abgeschlossen" in text]
    assert "Die Erstattung wurde Ihrem Guthaben gutgeschrieben." in refund
    assert "Banken" not in refund


def test_a_mail_fits_a_phone_carries_the_brand_and_is_answered_by_the_shop(shop: Shop, box: Path) -> None:
    image = io.BytesIO()
    Image.new("RGB", (600, 200), "#0a6b4d").save(image, "PNG")
    set_brand.set_logo(shop.business_id, image.getvalue())
    set_brand.set_contact(shop.business_id, contact_email="help@shop.example", website=None)
    set_appearance(shop.business_id, {"variables": {"colorPrimary": "#ffee00"}})
    _paid(shop, "en")

    _send(shop)
    [file] = box.iterdir()
    message = _read(file)
    html, logo = _text(message, "html"), brand(shop.business_id).logo

    assert message["Reply-To"] == "help@shop.example"
    assert 'name="viewport" content="width=device-width' in html
    assert 'width="560"' not in html
    assert logo is not None
    assert f'<img src="{logo.url}"' in html
    assert re.search(r'bgcolor="#ffee00"[^>]*><a href="[^"]+/my/[^"]+"[^>]*color:#000000', html)


@pytest.mark.usefixtures("box")
def test_nobody_is_written_to_without_an_address_or_a_server(shop: Shop) -> None:
    _paid(shop, "en", email=None)
    settings.use(replace(settings.current(), mail_url=""))
    _paid(shop, "en")

    assert _mails(shop) == []


def test_what_nobody_accepts_is_retried_and_abandoned(
    shop: Shop, box: Path, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    _paid(shop, "en")
    monkeypatch.setattr(mail, "send", _refuse)
    results = []
    for wait in send_mail.RETRY_PAUSES:
        results.append(_send(shop))
        clock.move(int(wait.total_seconds()))
    results.append(_send(shop))
    [row] = _mails(shop)

    assert results == [[False]] * 7
    assert (row.attempt_count, row.next_attempt_at, row.sent_at) == (6, None, None)
    assert row.error == "Nothing answers at this address: the connection was refused."
    assert not box.exists()


def _refuse(_message: EmailMessage) -> None:
    raise ConnectionRefusedError("nobody is there")

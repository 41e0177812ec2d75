"""Buyers are written to about their contracts: once for each event, in their language, unless that is turned off."""

from __future__ import annotations

import uuid
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import Row, select

from app.core import db
from app.core.ids import new_id, show
from app.domain.accounts.business.settings import choices
from app.domain.notifications.mails.models import Mail
from app.domain.notifications.mails.types import CONTRACT_MAILS
from app.domain.orders.types import Buyer
from app.domain.signing.models import Contract
from app.domain.signing.types import Consent, SignTerms
from app.workflow.accounts.change_settings import change_settings
from app.workflow.notifications import queue_contract_mail
from app.workflow.notifications.render_mail import render_mail
from app.workflow.subscriptions import change_contract, sign_contract
from tests.factories.contracts import MONTH, agree, contract, know_address, plan_of, sign_at
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("box")


@pytest.fixture
def rich(shop: Shop) -> Shop:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    return shop


def _sign(shop: Shop, *, email: str | None = "ada@example.com", locale: str = "en", **terms: int) -> uuid.UUID:
    return sign_contract.sign_contract(
        shop.business_id,
        plan_of(shop, **terms),
        SignTerms(currency="USD", quantity=1, channel="wallet"),
        buyer=Buyer(reference="buyer-1", email=email),
        consent=Consent(given_to="merchant", locale=locale),
        contract_id=new_id(),
        actor="test",
    )


def _mails(shop: Shop) -> dict[str, list[Row[Mail]]]:
    table, found = Mail.__table__, {}
    for row in shop.many(select(table).where(table.c.kind.in_(CONTRACT_MAILS)).order_by(table.c.id)):
        found.setdefault(row.kind, []).append(row)
    return found


def _read(shop: Shop, row: Row[Mail]) -> tuple[EmailMessage, str]:
    message = render_mail(shop.business_id, row)
    plain = message.get_body(("plain",))
    assert plain is not None
    return message, str(plain.get_content())


def test_who_signs_hears_the_terms_and_how_to_end_it_once(app: Flask, rich: Shop) -> None:
    contract_id = _sign(rich, trial_days=7)
    rich.work_off()
    rich.advance(8 * 86_400)
    rich.work_off()

    [row] = _mails(rich)["contract_signed"]
    message, text = _read(rich, row)

    assert (row.recipient, message["Subject"]) == ("ada@example.com", "Monthly has begun")
    assert "$10.00 every month." in text
    assert "It renews by itself until you cancel." in text
    path = urlsplit(text[text.index("/my/") :].split()[0]).path
    assert path.endswith(f"/contracts/{show('con', contract_id)}")
    assert app.test_client().get(path).status_code == 200


def test_each_refusal_says_when_it_is_tried_again_and_where_to_pay(rich: Shop) -> None:
    contract_id = _sign(rich, unit_minor=4000)
    rich.advance(MONTH)
    rich.work_off()

    *_earlier, row = _mails(rich)["contract_refused"]
    _message, text = _read(rich, row)

    day = contract(rich, contract_id).acts_at
    assert "We could not take $40.00." in text
    assert f"We will try again on {day:%B} {day.day}, {day.year}. You can also pay now." in text
    assert "Pay now:\n" in text


def test_a_refusal_for_good_promises_no_other_try(shop: Shop) -> None:
    contract_id = sign_at(shop, plan_of(shop))
    know_address(shop, contract_id)
    agree(shop, contract_id)
    shop.work_off()
    shop.script("deduct", "decline", value="card_stolen", times=1)
    shop.advance(MONTH)
    shop.work_off()

    *_earlier, row = _mails(shop)["contract_refused"]
    _message, text = _read(shop, row)

    day = contract(shop, contract_id).acts_at
    assert f"We will not try again. Pay by {day:%B} {day.day}, {day.year} to keep it." in text
    assert "We will try again" not in text


def test_the_last_refusal_promises_no_other_try_and_the_end_is_told(rich: Shop) -> None:
    _sign(rich, unit_minor=4000, retry_days=[1])
    rich.advance(MONTH)
    rich.work_off()
    rich.advance(3 * 86_400)
    rich.work_off()

    [ended] = _mails(rich)["contract_ended"]
    assert "The last payment could not be taken." in _read(rich, ended)[1]
    assert len(_mails(rich)["contract_refused"]) == 1


def test_cancelling_is_confirmed_and_keeping_it_is_not(rich: Shop) -> None:
    contract_id = _sign(rich)
    change_contract.cancel_at_period_end(rich.business_id, contract_id, actor="buyer")
    rich.work_off()
    change_contract.uncancel(rich.business_id, contract_id)
    rich.work_off()

    [row] = _mails(rich)["contract_cancelled"]

    message, text = _read(rich, row)
    assert message["Subject"] == "Monthly is cancelled"
    assert "Until then you keep all that you have paid for." in text


def test_the_same_event_again_writes_nothing_more(rich: Shop) -> None:
    contract_id = _sign(rich, unit_minor=4000)
    rich.advance(MONTH)
    rich.work_off()
    before = _mails(rich)

    for _ in range(2):
        queue_contract_mail.queue_signed(rich.business_id, contract_id)
        queue_contract_mail.queue_refused(rich.business_id, contract_id)
        queue_contract_mail.queue_ended(rich.business_id, contract_id)

    assert sorted(before) == ["contract_refused", "contract_reminder", "contract_signed"]
    assert _mails(rich) == before


def test_a_business_may_be_silent_and_who_has_no_address_hears_nothing(rich: Shop) -> None:
    change_settings(rich.business_id, {"silent_mails": ["contract_signed"]}, actor="test")
    _sign(rich)
    change_settings(rich.business_id, {"silent_mails": []}, actor="test")
    rich.work_off()
    told = len(_mails(rich)["contract_signed"])
    _sign(rich, email=None)
    rich.work_off()

    assert told == 1
    assert len(_mails(rich)["contract_signed"]) == 1


def test_it_is_in_the_language_that_was_agreed_in(rich: Shop) -> None:
    _sign(rich, locale="de")
    rich.work_off()

    [row] = _mails(rich)["contract_signed"]
    message, text = _read(rich, row)

    assert message["Content-Language"] == "de"
    assert "10,00\u00a0$ jeden Monat." in text
    assert "You received this email" not in text


def test_the_setting_offers_every_kind() -> None:
    assert tuple(kind for kind, _title in choices.contract_mails()) == CONTRACT_MAILS


def test_an_erased_or_unknown_contract_names_no_address(rich: Shop) -> None:
    contract_id = _sign(rich)
    with db.phase("test.forget", rich.business_id):
        db.write(db.change(Contract, contract_id, buyer_email=None), expect=1)
    rich.work_off()

    assert _mails(rich) == {}

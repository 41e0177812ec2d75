"""A plan signed by its link, without scripts: the mailbox proven, the terms read, agreed to, and charged."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core import clock, db, mail
from app.core.i18n.language import LOCALES
from app.core.ids import show, try_parse
from app.domain.buyers.models import Buyer
from app.domain.checkout.agreements.models import AgreementTemplate
from app.domain.notifications.mails.models import Mail
from app.domain.orders.models import AgreementAcceptance
from app.domain.signing.models import Contract, ContractConsent
from app.workflow.notifications.render_mail import render_mail
from app.workflow.subscriptions import link_signer, manage_plans
from app.workflow.subscriptions.link_signer import Signer
from tests.factories.business import make_agreement
from tests.factories.contracts import agree, contract, cycles, plan_of, sign
from tests.factories.shop import Shop


@pytest.fixture(autouse=True)
def mailing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "is_on", lambda: True)


class SignPages:
    """The pages of one plan in one browser."""

    def __init__(self, app: Flask, plan_id: Any, locale: str = "en") -> None:
        self.client: FlaskClient = app.test_client()
        self.base, self.headers = f"/s/{show('plan', plan_id)}", {"Accept-Language": locale}

    def get(self, query: str = "") -> Any:
        return self.client.get(self.base + query, headers=self.headers)

    def send(self, page: Any, path: str = "", **typed: Any) -> Any:
        """Send the form of this action as it stands on the page."""
        action = f'action="{self.base}{path}#problem"'
        [form] = [each for each in re.findall(r"<form.*?</form>", page.text, re.S) if action in each]
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        return self.client.post(self.base + path, data={**fields, **typed}, headers=self.headers)

    def enter(self, signer: Signer) -> Any:
        """As a buyer whom the merchant's server vouches for."""
        url = urlsplit(link_signer.make_link(signer).url)
        self.client.get(f"{url.path}?{url.query}", headers=self.headers)
        return self.get()


def _signer(shop: Shop, plan_id: Any, **said: Any) -> Signer:
    return Signer(business_id=shop.business_id, plan_id=plan_id, reference="buyer-1", **said)


def _newest(shop: Shop) -> Any:
    table = Contract.__table__
    return shop.one(select(table).where(table.c.business_id == shop.business_id).order_by(table.c.id.desc()).limit(1))


def _code(shop: Shop) -> str:
    row = shop.one(select(Mail.__table__).where(Mail.kind == "code").order_by(Mail.id.desc()))
    found = re.search(r"\b[0-9]{6}\b", str(render_mail(shop.business_id, row)["Subject"]))
    assert found is not None
    return found[0]


def test_a_stranger_proves_the_mailbox_reads_the_terms_and_signs(app: Flask, shop: Shop) -> None:
    plan_id = plan_of(shop, trial_days=14)
    pages, email = SignPages(app, plan_id), f"ada-{shop.business_id.hex[:12]}@example.com"

    first = pages.get()
    asked = pages.send(first, "/email", email=email)
    wrong = pages.send(asked, "/code", code="1")
    pages.send(wrong, "/code", code=_code(shop))
    page = pages.get()
    sent = pages.send(page, method="simulator")

    assert "It renews by itself until you cancel." in first.text
    assert 'name="method"' not in first.text
    assert (wrong.status_code, "This code is wrong or has expired." in wrong.text) == (422, True)
    assert "Agree and start the free trial" in page.text
    row = _newest(shop)
    going = pages.client.get(sent.headers["Location"])
    assert (sent.status_code, "/contract/" in going.headers["Refresh"]) == (303, True)
    assert (row.status, row.buyer_email) == ("pending", email)
    assert row.buyer_reference == shop.one(select(Buyer.__table__).where(Buyer.email == email)).reference
    agree(shop, row.id)
    back = pages.client.get(f"{pages.base}/done/{show('con', row.id)}")
    assert contract(shop, row.id).status == "trialing"
    assert f"/contracts/{show('con', row.id)}" in back.headers["Location"]


def test_what_was_agreed_to_is_kept_as_it_stood_above_the_button(app: Flask, shop: Shop) -> None:
    template_id, _version = make_agreement(shop.business_id)
    with db.phase("test.ask", shop.business_id):
        db.write(db.change(AgreementTemplate, template_id, enabled=True), expect=1)
    pages = SignPages(app, plan_id := plan_of(shop), locale="de")
    page = pages.enter(_signer(shop, plan_id))

    unticked = pages.send(page, method="simulator")
    before = _count(shop)
    [(name, value)] = re.findall(r'name="(agreement_agr_[^"]+)"\s+value="([^"]+)"', page.text)
    pages.send(page, method="simulator", **{name: value})

    assert (unticked.status_code, before) == (422, 0)
    row = _newest(shop)
    consent = shop.one(select(ContractConsent.__table__).where(ContractConsent.contract_id == row.id))
    assert (consent.given_to, consent.locale, consent.buyer_ip) == ("page", "de", "127.0.0.1")
    assert all(line in page.text for line in consent.terms.split("\n"))
    assert consent.terms_hash in page.text
    order_id = cycles(shop, row.id)[0].order_id
    accepted = shop.one(select(AgreementAcceptance.__table__).where(AgreementAcceptance.order_id == order_id))
    assert (accepted.agreement_id, accepted.text_hash) == (try_parse(name.removeprefix("agreement_"), "agr"), value)


def test_terms_that_changed_meanwhile_are_not_agreed_to(app: Flask, shop: Shop) -> None:
    pages = SignPages(app, plan_id := plan_of(shop))
    page = pages.enter(_signer(shop, plan_id))

    later = pages.send(page, method="simulator", terms_hash="0" * 64)

    assert (later.status_code, "The terms have changed. Please read them again." in later.text) == (409, True)
    assert _count(shop) == 0


def test_a_double_click_signs_once_and_a_second_visit_shows_what_there_is(app: Flask, shop: Shop) -> None:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    pages = SignPages(app, plan_id := plan_of(shop))
    page = pages.enter(_signer(shop, plan_id))

    answers = [pages.send(page, method="wallet") for _ in range(2)]
    again = pages.get()

    assert [each.status_code for each in answers] == [303, 303]
    assert _count(shop) == 1
    assert _newest(shop).status == "active"
    assert "You already have this membership." in again.text
    assert 'name="terms_hash"' not in again.text


def test_nobody_signs_by_a_link_that_is_over_or_of_another_plan(app: Flask, shop: Shop) -> None:
    plan_id, other = plan_of(shop), plan_of(shop)
    old = link_signer.make_key(_signer(shop, plan_id), clock.actual() - timedelta(seconds=1))
    foreign = link_signer.make_key(_signer(shop, other), clock.actual() + timedelta(hours=1))
    pages = SignPages(app, plan_id)

    answers = [pages.get(f"?key={key}") for key in (old, foreign, "nonsense")]
    [csrf] = re.findall(r'name="csrf_token" value="([^"]+)"', pages.get().text)
    unknown = pages.client.post(pages.base, data={"method": "wallet", "csrf_token": csrf})

    assert {each.status_code for each in answers} == {404}
    assert (unknown.status_code, _count(shop)) == (422, 0)


def test_anothers_contract_is_not_led_to(app: Flask, shop: Shop) -> None:
    shop.keep_wallets()
    shop.fund("buyer-2", 5000)
    plan_id = plan_of(shop)
    foreign = sign(shop, plan_id, buyer="buyer-2")
    pages = SignPages(app, plan_id)
    pages.enter(_signer(shop, plan_id))

    assert pages.client.get(f"{pages.base}/done/{show('con', foreign)}").status_code == 404


def test_the_merchant_who_waits_gets_the_buyer_back(app: Flask, shop: Shop) -> None:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    pages = SignPages(app, plan_id := plan_of(shop))
    page = pages.enter(_signer(shop, plan_id, return_url="https://shop.example/in?a=1"))

    sent = pages.send(page, method="wallet")
    going = pages.client.get(sent.headers["Location"])
    back = pages.client.get(going.headers["Refresh"].removeprefix("0; url="))

    assert back.headers["Location"] == f"https://shop.example/in?a=1&bursar_contract={show('con', _newest(shop).id)}"


def test_an_archived_plan_and_one_without_a_way_to_pay_say_so(app: Flask, shop: Shop) -> None:
    archived, free = plan_of(shop), plan_of(shop, unit_minor=0)
    manage_plans.archive_plan(shop.business_id, archived, actor="test")

    gone = SignPages(app, archived).get()
    pages = SignPages(app, free)
    page = pages.enter(_signer(shop, free))

    assert (gone.status_code, "This membership is not offered any more." in gone.text) == (409, True)
    assert "No payment method is available at the moment." in page.text
    assert "bursar-pay-label" not in page.text


def test_a_buyer_chooses_currency_and_quantity(app: Flask, shop: Shop) -> None:
    plan_id = plan_of(shop, max_quantity=5)
    pages = SignPages(app, plan_id)
    pages.enter(_signer(shop, plan_id))

    three, many = pages.get("?quantity=3&currency=USD"), pages.get("?quantity=6")

    assert "$30.00 every month." in three.text
    assert (many.status_code, "This quantity is not available." in many.text) == (409, True)


@pytest.mark.parametrize("locale", [tag for tag in LOCALES if tag != "en"])
def test_the_page_speaks_the_buyers_language(app: Flask, shop: Shop, locale: str) -> None:
    pages = SignPages(app, plan_id := plan_of(shop), locale=locale)
    page = pages.enter(_signer(shop, plan_id))

    assert f'lang="{locale}"' in page.text
    assert "Agree and pay" not in page.text
    assert "It renews by itself" not in page.text


def _count(shop: Shop) -> int:
    return len(shop.many(select(Contract.__table__).where(Contract.business_id == shop.business_id)))

"""A buyer's contracts by signed link, without scripts: read, cancelled and kept, paused and resumed, and paid."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.i18n.language import LOCALES
from app.core.ids import show
from app.workflow.checkout.link_buyer import make_link
from tests.factories.contracts import DAY, MONTH, contract, cycles, plan_of, sign
from tests.factories.shop import Shop


@pytest.fixture
def rich(shop: Shop) -> Shop:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    return shop


class Pages:
    """The pages of one buyer's link."""

    def __init__(self, app: Flask, shop: Shop, buyer: str = "buyer-1", locale: str = "en") -> None:
        self.client: FlaskClient = app.test_client()
        self.base = "/my/" + make_link(shop.business_id, buyer).url.partition("/my/")[2]
        self.headers = {"Accept-Language": locale}

    def get(self, path: str = "") -> str:
        page = self.client.get(self.base + path, headers=self.headers)
        assert page.status_code == 200, page.text
        assert page.headers["Cache-Control"] == "no-store"
        return " ".join(page.text.split())

    def press(self, path: str, on: str) -> Any:
        """Send the form of this action as it stands on the page."""
        page = self.client.get(self.base + on, headers=self.headers).text
        [form] = [each for each in re.findall(r"<form.*?</form>", page, re.S) if f'action="{self.base}{path}"' in each]
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        return self.client.post(self.base + path, data=fields, headers=self.headers)


def _path(contract_id: uuid.UUID) -> str:
    return f"/contracts/{show('con', contract_id)}"


def test_a_buyer_sees_price_next_charge_payments_and_receipts(app: Flask, rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, trial_days=7))
    rich.advance(8 * DAY)
    rich.work_off()
    pages = Pages(app, rich)

    owned, listed, page = pages.get(), pages.get("/contracts"), pages.get(_path(contract_id))

    assert f"{pages.base}/contracts" in owned
    assert f"{pages.base}{_path(contract_id)}" in listed
    assert "Next payment: $10.00 on" in listed
    assert "$10.00 every month." in page
    assert "It renews by itself until you cancel." in page
    trial, paid = cycles(rich, contract_id)
    for cycle in (trial, paid):
        assert f"/receipts/{show('ord', cycle.order_id)}" in page
    assert "Free · <a" in page
    [until] = {each.ends_at for each in rich.entitlements() if each.ends_at == paid.ends_at}
    assert f"Yours until</dt><dd>{until.day} " in page


def test_nobody_sees_or_changes_what_is_somebody_elses(app: Flask, rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    mine, foreign = Pages(app, rich), Pages(app, rich, "buyer-2")

    answers = {
        path: foreign.client.open(foreign.base + _path(contract_id) + path, method=method).status_code
        for method, path in (("GET", ""), ("GET", "/cancel"))
    }
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', mine.get(_path(contract_id)))
    assert csrf is not None
    for name in ("cancel", "uncancel", "pause", "resume", "pay"):
        path = foreign.base + _path(contract_id) + f"/{name}"
        answers[name] = mine.client.post(path, data={"csrf_token": csrf[1]}).status_code

    assert set(answers.values()) == {404}
    assert "Nothing yet" in foreign.get("/contracts")
    assert f"{foreign.base}/contracts" not in foreign.get()
    assert contract(rich, contract_id).version == 2


def test_two_clicks_cancel_and_say_what_is_kept_and_one_takes_it_back(app: Flask, rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    pages, path = Pages(app, rich), _path(contract_id)
    [first] = cycles(rich, contract_id)
    ends = f"{first.ends_at.day} "

    asked = pages.get(f"{path}/cancel")
    pages.press(f"{path}/cancel", on=f"{path}/cancel")
    again = pages.client.get(f"{pages.base}{path}/cancel").status_code
    cancelled = pages.get(path)
    kept_back = contract(rich, contract_id)
    pages.press(f"{path}/uncancel", on=path)

    assert f"It ends on {ends}" in asked
    assert "Until then you keep all" in asked
    assert f"Ends on {ends}" in cancelled
    assert "Nothing more is charged" in cancelled
    assert (kept_back.cancel_at_period_end, kept_back.cancelled_by) == (True, "buyer")
    assert again == 303
    assert not contract(rich, contract_id).cancel_at_period_end


def test_a_buyer_pauses_and_resumes(app: Flask, rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    pages, path = Pages(app, rich), _path(contract_id)

    pages.press(f"{path}/pause", on=path)
    paused = pages.get(path)
    rich.advance(MONTH + DAY)
    late = pages.get(path)
    pages.press(f"{path}/resume", on=path)

    assert "Nothing is charged while it is paused." in paused
    assert "a new period begins" not in paused
    assert "a new period begins and is charged at once" in late
    assert contract(rich, contract_id).status == "active"


def test_a_refused_payment_is_paid_by_the_buyer(app: Flask, rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=4000))
    rich.advance(MONTH)
    pages, path = Pages(app, rich), _path(contract_id)

    open_page = pages.get(path)
    refused = pages.press(f"{path}/pay", on=path)
    rich.fund("buyer-1", 4000)
    pages.press(f"{path}/pay", on=path)

    assert "We could not take your payment." in open_page
    assert "Pay $40.00" in open_page
    assert (refused.status_code, "Your balance is too low for this payment." in refused.text) == (402, True)
    assert contract(rich, contract_id).status == "active"
    assert [each.status for each in cycles(rich, contract_id)] == ["paid", "paid"]


def test_what_cannot_be_done_any_more_is_said(app: Flask, rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    pages, path = Pages(app, rich), _path(contract_id)
    page = pages.client.get(pages.base + path).text
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert csrf is not None

    refused = pages.client.post(f"{pages.base}{path}/resume", data={"csrf_token": csrf[1]})

    assert refused.status_code == 409
    assert "This is not possible any more." in refused.text


@pytest.mark.parametrize("locale", LOCALES)
def test_all_of_it_is_in_the_buyers_language(app: Flask, rich: Shop, locale: str) -> None:
    contract_id = sign(rich, plan_of(rich))
    pages, path = Pages(app, rich, locale=locale), _path(contract_id)
    english = ("Next payment</dt", "Cancel membership", "Payments", "Yours until", "Paid on", "Go back", "Active")

    shown = [pages.get("/contracts"), pages.get(path), pages.get(f"{path}/cancel")]

    assert all(f'lang="{locale}"' in each for each in shown)
    found = [word for word in english if any(f">{word}" in each.replace("> ", ">") for each in shown)]
    assert (found == []) == (locale != "en")

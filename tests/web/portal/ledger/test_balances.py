"""What the accounts of the ledger stood at, with the proof and the postings behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from app.core import clock
from app.core.money import Money
from app.read.insights.reports import table
from app.read.ledger.balances import proofs
from app.read.periods import period_of
from app.workflow.wallets import move_money
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_balances_open_and_close_and_are_proved(shop: Shop) -> None:
    _trade(shop)

    assert _rows(shop, 0) == {
        "channel_clearing": (1, 0, 3700, 500, 3200),
        "merchant_payable": (1, 0, 3000, 500, 2500),
        "wallet": (2, 0, 1000, 300, 700),
    }
    assert _rows(shop, 1)["wallet"] == (2, 700, 0, 0, 700)
    assert _rows(shop, -1) == {}


def test_a_balance_that_is_off_is_seen() -> None:
    row = {"kind": "wallet", "currency": "USD", "in_minor": 5, "out_minor": 0, "closing_minor": 5}

    [proof] = proofs([row])

    assert (proof.is_balanced, proof.left_minor, proof.right_minor) == (False, 0, 5)


def test_a_balance_leads_to_its_postings(shop: Shop, owner: Visitor) -> None:
    _trade(shop)
    page = owner.get("/portal/reports/balances")

    behind = page.follow("Yours")
    channel = page.follow(page.document.all("tbody")[0].all("a")[0].text)
    other_days = page.form("/portal/reports/balances").send(**{"from": "2020-01-01", "to": "2020-01-02"})

    assert "Balanced" in page.text
    assert (behind.heading, len(behind.document.all("tbody")[0].all("tr"))) == ("Yours", 3)
    assert "Closing $25.00" in behind.text
    assert "Closing $32.00" in channel.text
    assert "Nothing in this period" in other_days.text
    assert owner.get("/portal/reports/balances/entries").status == 200
    assert owner.get("/portal/reports/balances/entries?account=nobody").status == 404


def test_balances_are_a_workbook_too(shop: Shop, owner: Visitor) -> None:
    _trade(shop)
    form = owner.get("/portal/reports/balances").form("/balances/file")

    answer = owner.client.post(form.element.get("action"), data={**form.values(), "format": "xlsx"})

    rows = list(load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert rows[0][:3] == ("Account", "Ledger account", "Currency")
    assert len(rows) == 4


def test_each_business_sees_its_own(shop: Shop, new_shop: Callable[..., Shop]) -> None:
    other = new_shop()
    _trade(shop)

    assert _rows(other, 0) == {}


def _rows(shop: Shop, day: int) -> dict[str, tuple[int, ...]]:
    when = clock.now().date() + timedelta(days=day)
    found = table(shop.business_id, "balances", period_of("own", "UTC", since=when, until=when))
    assert all(proof.is_balanced for proof in found.proofs)
    names = ("accounts", "opening_minor", "in_minor", "out_minor", "closing_minor")
    return {str(row["kind"]): tuple(_whole(row[name]) for name in names) for row in found.rows}


def _whole(cell: Any) -> int:
    assert isinstance(cell, int)
    return cell


def _trade(shop: Shop) -> None:
    shop.keep_wallets()
    shop.fund("ann", 700)
    move_money.transfer(shop.business_id, payer="ann", recipient="bob", money=Money(300, "USD"), actor="test")
    first = shop.paid_order(2)
    shop.paid_order()
    shop.refund(first, 500)
    shop.work_off()

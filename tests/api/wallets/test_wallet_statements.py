"""A wallet's statement for a period: what was in it, each posting, and what was in it then."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from app.core import clock
from tests.api.conftest import Merchant


def test_lines_lead_from_the_opening_balance_to_the_closing_one(merchant: Merchant) -> None:
    merchant.shop.keep_wallets()
    merchant.shop.fund("ada", 1500)
    merchant.shop.fund("ada", 250)

    rows = _rows(merchant, "ada", days_ago=0)

    assert [row["Posting"] for row in rows] == ["Opening balance", "Top up", "Top up", "Closing balance"]
    assert [row["Amount"] for row in rows] == ["", "15.00", "2.50", ""]
    assert [row["Balance"] for row in rows] == ["0.00", "15.00", "17.50", "17.50"]


def test_a_period_without_postings_says_what_was_there(merchant: Merchant) -> None:
    merchant.shop.keep_wallets()
    merchant.shop.fund("ada", 1500)

    rows = _rows(merchant, "ada", days_ago=1)
    later = _rows(merchant, "ada", days_ago=-1)
    nobody = _rows(merchant, "nobody", days_ago=0)

    assert [row["Balance"] for row in rows] == ["0.00", "0.00"]
    assert [row["Balance"] for row in later] == ["15.00", "15.00"]
    assert [row["Balance"] for row in nobody] == ["0.00", "0.00"]


def test_it_is_a_pdf_as_well(merchant: Merchant) -> None:
    merchant.shop.keep_wallets()
    merchant.shop.fund("ada", 1500)
    day = clock.now().date()

    answer = merchant.get(f"/v1/wallets/ada/statement.pdf?currency=USD&since={day}&until={day}")

    assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")


def test_a_period_that_cannot_be_is_refused(merchant: Merchant) -> None:
    backwards = merchant.get("/v1/wallets/ada/statement.csv?currency=USD&since=2026-05-02&until=2026-05-01")
    too_long = merchant.get("/v1/wallets/ada/statement.csv?currency=USD&since=2025-01-01&until=2026-05-01")
    no_day = merchant.get("/v1/wallets/ada/statement.csv?currency=USD&since=soon&until=2026-05-01")

    assert {each.json["code"] for each in (backwards, too_long, no_day)} == {"invalid_parameter"}


def _rows(merchant: Merchant, buyer: str, *, days_ago: int) -> list[dict[str, str]]:
    day = (clock.now() - timedelta(days=days_ago)).date()
    answer = merchant.get(f"/v1/wallets/{buyer}/statement.csv?currency=USD&since={day}&until={day}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))

"""Reports and the ledger behind them, by the API."""

from __future__ import annotations

from typing import Any


def test_a_program_reads_balances_and_what_is_behind_them(merchant: Any) -> None:
    shop = merchant.shop
    order_id = shop.paid_order(2)
    shop.refund(order_id, 500)
    shop.work_off()

    report = merchant.get("/v1/reports?report=balances").json
    first = merchant.get("/v1/ledger_entries?account=merchant_payable&currency=USD&limit=1").json
    second = merchant.get(
        f"/v1/ledger_entries?account=merchant_payable&currency=USD&limit=1&cursor={first['next_cursor']}"
    ).json

    [mine] = [row for row in report["rows"] if row["kind"] == "merchant_payable"]
    assert (report["balanced"], mine["closing_minor"]) == (True, 1500)
    assert [each["data"][0]["posting"] for each in (first, second)] == ["refund", "charge"]
    assert sum(each["data"][0]["amount_minor"] for each in (first, second)) == mine["in_minor"] - mine["out_minor"]
    assert second["has_more"] is False
    assert merchant.get("/v1/reports").json["balanced"] is None

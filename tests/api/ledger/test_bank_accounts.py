"""Bank accounts over HTTP: added once, masked, renamed and archived."""

from __future__ import annotations

from tests.factories.settlements import accountant_of

BODY = {"name": "Main", "holder": "Shop Ltd", "bank_name": "First Bank", "currency": "USD", "number": "DE02 1203 0051"}


def test_a_bank_account_is_added_once_and_its_number_is_never_answered(merchant) -> None:
    made = [merchant.post("/v1/bank_accounts", BODY, once="bank-account-1").json for _ in range(2)]
    path = f"/v1/bank_accounts/{made[0]['id']}"
    changed = merchant.call("PATCH", path, {"name": "Old", "archived": True}).json

    assert made[0] == made[1]
    assert (made[0]["number_last4"], made[0]["balance_minor"], made[0]["archived"]) == ("0051", 0, False)
    assert (changed["name"], changed["archived"]) == ("Old", True)
    assert "1203" not in merchant.get("/v1/bank_accounts").text + merchant.get(path).text
    assert [each["id"] for each in merchant.get("/v1/bank_accounts").json["data"]] == [made[0]["id"]]


def test_its_balance_is_what_was_settled_to_it(merchant) -> None:
    accountant_of(merchant.shop).settled()

    [account] = merchant.get("/v1/bank_accounts").json["data"]
    entries = merchant.get(f"/v1/ledger_entries?account=bank&bank_account={account['id']}").json["data"]
    balances = merchant.get("/v1/reports?report=balances").json

    assert account["balance_minor"] == 970
    assert [(each["posting"], each["amount_minor"]) for each in entries] == [("settlement", 970)]
    assert balances["balanced"] is True
    closing = {row["account"]: row["closing_minor"] for row in balances["rows"]}
    assert (closing["Main account"], closing["Yours"]) == (970, 1000)


def test_a_bank_account_that_cannot_be_is_refused(merchant) -> None:
    unknown = merchant.post("/v1/bank_accounts", {**BODY, "currency": "ZZQ"})
    nothing = merchant.call("PATCH", "/v1/bank_accounts/bka_01jd3w8n2q4zt5b7yk2hc5e4rv", {"archived": True})

    assert (unknown.status_code, unknown.json["code"]) == (422, "unknown_currency")
    assert nothing.status_code == 404

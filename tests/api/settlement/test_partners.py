"""Partners, split rules and clearing entries over the API."""

from __future__ import annotations

from typing import Any

from app.core.ids import parse, show
from app.domain.settlement.clearing.types import ShareTerms
from app.workflow.accounts.approvals import decide_approval
from tests.factories.partners import sharer_of


def _partner(merchant, **more: Any) -> dict[str, Any]:
    body = {"kind": "author", "name": "Ada", "reference": None, **more}
    found: dict[str, Any] = merchant.post("/v1/partners", body).json
    return found


def test_a_partner_gets_its_share_of_an_order_and_gives_back_on_a_refund(merchant) -> None:
    sharer = sharer_of(merchant.shop)
    partner = _partner(merchant)
    version = {"shares": [{"recipient": partner["id"], "rate_bps": 7000}], "reason": "Agreed"}
    tried = merchant.post("/v1/split_rules/try", {"version": version, "amount_minor": 1000, "currency": "USD"}).json
    rule = merchant.post("/v1/split_rules", {"name": "Authors", "version": version}).json
    requested = merchant.post(f"/v1/split_rules/{rule['id']}/request").json
    approval_id = parse("apr", requested["versions"][0]["approval_id"])
    decide_approval.approve(merchant.shop.business_id, approval_id, actor=sharer.checker)
    order_id = sharer.sold()

    sharer.refund(order_id, 500)

    shares = [(each["partner_id"], each["amount_minor"]) for each in tried["parts"]]
    found = merchant.get(f"/v1/clearing_entries?order_id={show('ord', order_id)}").json["data"]
    of_partner = merchant.get(f"/v1/clearing_entries?partner_id={partner['id']}&currency=USD").json["data"]
    assert shares == [(partner["id"], 700), (None, 300)]
    assert {(each["kind"], each["partner_id"] is None, each["amount_minor"]) for each in found} == {
        ("share", False, 700),
        ("share", True, 300),
        ("share_reversed", False, -350),
        ("share_reversed", True, -150),
    }
    assert len(of_partner) == 2
    balances = merchant.get(f"/v1/partners/{partner['id']}").json["balances"]
    assert balances == [{"currency": "USD", "owed_minor": 350}]


def test_a_rule_is_tried_on_past_orders(merchant) -> None:
    sharer = sharer_of(merchant.shop)
    ada = sharer.partner("Ada")
    rule_id = sharer.rule(ShareTerms(party=str(ada), bps=7000))
    order_id = sharer.sold()
    sharer.revise_draft(rule_id, ShareTerms(party=str(ada), bps=6000))
    path, version_id = f"/v1/split_rules/{show('spr', rule_id)}/what_if", show("spv", sharer.version_id(rule_id, 1))
    version = {"shares": [{"recipient": show("par", ada), "rate_bps": 5000}]}

    by_draft, by_first, by_version = (
        merchant.post(path, {"days": 7, **more}).json
        for more in ({}, {"version_id": version_id}, {"version": version, "with_drafts": True})
    )
    refused = [
        merchant.post(path, {"version": version, "version_id": version_id}),
        merchant.post(path, {"days": 93}),
        merchant.post("/v1/split_rules/spr_01jd3w8n2q4zt5b7yk2hc5e4rv/what_if", {}),
    ]

    found = [
        [(party["name"], party["after_minor"]) for party in each["currencies"][0]["parties"]]
        for each in (by_draft, by_first, by_version)
    ]
    assert found == [
        [("Ada", 600), ("Business", 400)],
        [("Ada", 700), ("Business", 300)],
        [("Ada", 500), ("Business", 500)],
    ]
    assert [each["tried"][0]["number"] for each in (by_draft, by_first, by_version)] == [2, 1, None]
    [line] = by_draft["currencies"][0]["most_changed"]
    assert (line["order_id"], line["moved_minor"], line["shares"][0]["before"]) == (
        show("ord", order_id),
        100,
        {"rate_bps": 7000, "base_minor": 1000, "share_minor": 700, "fee_minor": 0, "back_minor": 0, "total_minor": 700},
    )
    assert [each.status_code for each in refused] == [422, 422, 404]
    assert by_draft["is_cut"] is False


def test_a_partner_is_changed_suspended_resumed_and_closed(merchant) -> None:
    partner = _partner(merchant, reference="ada", email="ada@example.com")
    path = f"/v1/partners/{partner['id']}"

    changed = merchant.call("PATCH", path, {"name": "Ada L.", "email": None}).json
    statuses = [
        merchant.post(f"{path}/{verb}", *([{"reason": "asked"}] if verb != "resume" else [])).json["status"]
        for verb in ("suspend", "resume", "close")
    ]

    assert (changed["name"], changed["email"], changed["reference"]) == ("Ada L.", None, "ada")
    assert statuses == ["suspended", "active", "closed"]
    assert [each["id"] for each in merchant.get("/v1/partners?status=closed&reference=ada").json["data"]] == [
        partner["id"]
    ]


def test_drafts_are_written_renamed_and_discarded(merchant) -> None:
    partner = _partner(merchant)
    share = {
        "recipient": partner["id"],
        "rate_bps": 1000,
        "fixed": {"USD": 30},
        "minimum": {"USD": 50},
        "maximum": {"USD": 500},
        "tiers": [{"from_minor": 100_000, "rate_bps": 2000}],
    }
    version = {"shares": [share, {"recipient": "seller", "is_rest": True}], "discounts": "business", "fees": "shared"}
    sku_id = show("sku", merchant.shop.sku_id)
    body = {"name": "One", "scope": "sku", "subject_id": sku_id, "version": version}
    rule = merchant.post("/v1/split_rules", body).json
    path = f"/v1/split_rules/{rule['id']}"

    renamed = merchant.call("PATCH", path, {"name": "Two"}).json
    saved = merchant.post(f"{path}/draft", {"shares": []}).json
    discarded = merchant.call("DELETE", f"{path}/draft").json

    kept = rule["versions"][0]["shares"][0]
    assert {name: kept[name] for name in share} == share
    assert (rule["subject_id"], renamed["name"]) == (sku_id, "Two")
    assert saved["versions"][0]["shares"] == []
    assert discarded["versions"][0]["status"] == "discarded"
    assert [each["id"] for each in merchant.get("/v1/split_rules").json["data"]] == [rule["id"]]
    assert merchant.get(path).json["name"] == "Two"


def test_what_cannot_be_is_refused(merchant) -> None:
    partner = _partner(merchant)
    over = {"shares": [{"recipient": partner["id"], "rate_bps": 6000}, {"recipient": "seller", "rate_bps": 4001}]}
    fine = {"shares": [{"recipient": partner["id"], "rate_bps": 6000}]}

    refused = [
        merchant.post("/v1/split_rules", {"name": "Over", "version": over}),
        merchant.post("/v1/split_rules", {"name": "No", "scope": "sku", "version": fine}),
        merchant.post(
            "/v1/split_rules/try",
            {"version": fine, "amount_minor": 2, "gross_minor": 1, "currency": "USD"},
        ),
    ]

    assert [(each.status_code, each.json["code"]) for each in refused] == [(422, "invalid_split_rule")] * 3


def test_a_partner_is_settled_over_the_api(merchant) -> None:
    sharer = sharer_of(merchant.shop)
    business_id, ada = merchant.shop.business_id, sharer.partner()
    shown = show("par", ada)
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    sharer.refund(sharer.sold(), 300)
    terms = {"cycle": "monthly", "day": 1, "hold_days": 0, "minimum": {"USD": 100}}

    set_to = merchant.post(f"/v1/partners/{shown}/terms", terms).json
    payee = merchant.post(f"/v1/partners/{shown}/payee", {"name": "Ada", "account": "DE89 3704 0044 0532 0130 00"})
    decide_approval.approve(business_id, parse("apr", payee.json["approval_id"]), actor=sharer.checker)
    batch = merchant.post("/v1/settlement_batches", {"partner_id": shown, "currency": "USD"}).json
    nothing = merchant.post("/v1/settlement_batches", {"partner_id": shown, "currency": "USD"})
    path = f"/v1/settlement_batches/{batch['id']}"
    early = merchant.post(f"{path}/pay")
    requested = merchant.post(f"{path}/request").json
    decide_approval.approve(business_id, parse("apr", requested["approval_id"]), actor=sharer.checker)
    entries = merchant.get(f"{path}/entries").json["data"]
    statement = merchant.get(f"{path}/statement.csv")
    read = merchant.get(f"{path}/statement").json
    files = {kind: merchant.get(f"{path}/statement.{kind}") for kind in ("pdf", "xlsx")}

    assert {name: set_to[name] for name in terms} == terms
    assert merchant.get(f"/v1/partners/{shown}/terms").json["payee_account_last4"] == "3000"
    assert (batch["total_minor"], batch["entry_count"], batch["status"]) == (490, 2, "closed")
    assert (nothing.status_code, nothing.json["code"]) == (409, "nothing_to_settle")
    assert (early.status_code, early.json["code"]) == (409, "batch_state")
    assert sum(each["amount_minor"] for each in entries) == 490
    total = next(line for line in statement.text.splitlines() if line.startswith(",total"))
    assert total.startswith(",total,,,4.90,,USD,")
    assert read["closing_minor"] == read["owed_minor"] == 490
    assert [line["balance_minor"] for line in read["lines"]] == [700, 490]
    assert {kind: (each.mimetype, each.data[:2]) for kind, each in files.items()} == {
        "pdf": ("application/pdf", b"%P"),
        "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
    }
    assert merchant.get(path).json["status"] in ("paying", "paid")
    listed = merchant.get(f"/v1/settlement_batches?partner_id={shown}").json["data"]
    assert [each["id"] for each in listed] == [batch["id"]]


def test_money_is_held_and_released_over_the_api(merchant) -> None:
    sharer = sharer_of(merchant.shop)
    ada = sharer.partner()
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    order = show("ord", sharer.sold())

    held = merchant.post("/v1/settlement_holds", {"order_id": order, "reason": "Under review"}).json
    again = merchant.post("/v1/settlement_holds", {"order_id": order, "reason": "Under review"})
    closed = merchant.post("/v1/settlement_batches", {"partner_id": show("par", ada), "currency": "USD"})
    nothing = merchant.post("/v1/settlement_holds", {"reason": "Under review"})
    path = f"/v1/settlement_holds/{held['id']}"
    listed = merchant.get(f"/v1/settlement_holds?order_id={order}&status=held").json["data"]
    released = merchant.post(f"{path}/release", {"reason": "Fine"}).json

    assert [(each.status_code, each.json["code"]) for each in (again, closed, nothing)] == [
        (409, "on_hold"),
        (409, "nothing_to_settle"),
        (422, "invalid_hold"),
    ]
    assert [each["id"] for each in listed] == [held["id"]]
    assert (released["status"], released["release_reason"]) == ("released", "Fine")
    assert merchant.get(path).json == released

"""Channels and routing by key: what a person does in the portal, and under the same approvals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import select

from app.core import db
from app.core.db.models import AuditEntry
from app.core.ids import new_id, parse, show
from app.core.limits import bulkhead
from app.core.security import crypto
from app.domain.orders.models import Order
from app.domain.payments.models import ChannelAccount
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.operations.log_requests import write_noted
from app.workflow.steps.payments.channel_access import encryption_context
from tests.factories.people import make_members

BEN = show("usr", new_id())
SECRET = "a-secret-of-ours"


@pytest.fixture
def _careful(merchant) -> None:
    """Channels take two people, of whom Ben is one."""
    make_members(merchant.shop.business_id, BEN)
    set_approval_limits(merchant.shop.business_id, {}, channels_need_approval=True)


@pytest.fixture
def _as_before(merchant) -> Iterator[None]:
    """The account can be settled with again."""
    settings = _row(merchant, merchant.shop.account_id).settings
    yield
    with db.phase("test.mend", merchant.shop.business_id):
        db.write(db.change(ChannelAccount, merchant.shop.account_id, settings=settings, enabled=True))


def _row(merchant, account_id):
    return merchant.shop.one(select(ChannelAccount.__table__).where(ChannelAccount.id == account_id))


def _own(merchant) -> str:
    return f"/v1/channel_accounts/{show('cha', merchant.shop.account_id)}"


def _change(merchant, body, once: str):
    return merchant.call("PATCH", _own(merchant), body, {"Idempotency-Key": once})


def _account(**more):
    return {"channel": "simulator", "name": "Second", "settings": {"merchant_id": "m", "api_key": SECRET}, **more}


def test_the_channels_say_what_their_accounts_take(merchant) -> None:
    channels = {each["name"]: each for each in merchant.get("/v1/channels").json["data"]}

    kinds = {each["name"]: each["kind"] for each in channels["simulator"]["settings"]}
    assert kinds["api_key"] == "secret"
    assert channels["simulator"]["test_only"]
    assert channels["wallet"]["settings"] == []


def test_an_account_is_added_once_and_its_secrets_stay_inside(merchant) -> None:
    made = merchant.post("/v1/channel_accounts", _account(), once="second-account")
    again = merchant.post("/v1/channel_accounts", _account(), once="second-account")
    response = merchant.post("/v1/channel_accounts", _account())
    write_noted()

    assert made.status_code == 201
    assert again.json == made.json
    assert (response.status_code, response.json["code"]) == (409, "name_taken")
    assert made.json["secrets"] == ["api_key"]
    assert made.json["settings"] == {"base_url": "", "merchant_id": "m", "timeout_s": ""}
    assert made.json["notify_url"].endswith(f"/callbacks/simulator/{made.json['id']}")
    account_id = parse("cha", made.json["id"])
    ciphertext = _row(merchant, account_id).settings["api_key"]
    assert crypto.decrypt(ciphertext, context=encryption_context(account_id, "api_key")) == SECRET
    seen = [merchant.get(path).text for path in ("/v1/channel_accounts", f"/v1/channel_accounts/{made.json['id']}")]
    logged = [each["id"] for each in merchant.get("/v1/request-logs").json["data"]]
    seen += [merchant.get(f"/v1/request-logs/{each}").text for each in logged]
    assert not [text for text in seen if SECRET in text]
    assert len(seen) > 4


def test_who_changed_an_account_stands_in_the_audit_log(merchant) -> None:
    made = merchant.post("/v1/channel_accounts", _account()).json["id"]

    entries = AuditEntry.__table__
    entry = merchant.shop.one(select(entries).where(entries.c.subject_id == parse("cha", made)))

    assert entry.actor.startswith("key:key_")
    assert SECRET not in str(entry.after)


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"settings": {}}, "invalid_settings", "settings.merchant_id"),
        ({"settings": {"merchant_id": "m", "api_key": "k", "colour": "red"}}, "invalid_settings", "settings.colour"),
        ({"channel": "nothing"}, "unknown_channel", None),
        ({"settings": {"merchant_id": 1}}, "invalid_parameter", "settings.merchant_id"),
        ({"priority": -1}, "invalid_parameter", "priority"),
    ],
)
def test_an_account_that_cannot_be_is_refused(merchant, change, code: str, param: str | None) -> None:
    answer = merchant.post("/v1/channel_accounts", _account(**change))

    assert (answer.status_code, answer.json["code"], answer.json.get("param")) == (422, code, param)


@pytest.mark.usefixtures("_as_before")
def test_what_is_not_named_stays(merchant) -> None:
    before = merchant.get(_own(merchant)).json

    off = _change(merchant, {"enabled": False}, "switch-it-off").json
    slower = _change(merchant, {"settings": {"timeout_s": "5"}, "name": None}, "more-seconds").json

    assert off == {**before, "enabled": False}
    assert slower == {**off, "settings": {**before["settings"], "timeout_s": "5"}}
    assert _row(merchant, merchant.shop.account_id).settings["api_key"]


@pytest.mark.usefixtures("_careful", "_as_before")
def test_a_secret_takes_somebody_else_and_is_changed_once(merchant) -> None:
    body = {"settings": {"api_key": SECRET}}

    response = _change(merchant, body, "new-secret-1")
    again = _change(merchant, body, "new-secret-1")
    renamed = _change(merchant, {"name": "Renamed"}, "new-name-1")
    approval = merchant.get(f"/v1/approvals/{response.json['details']['approval_id']}").json
    decide_approval.approve(merchant.shop.business_id, parse("apr", approval["id"]), actor=BEN)
    _change(merchant, {"name": "Again"}, "new-name-2")
    done = _change(merchant, body, "new-secret-1")

    assert (response.status_code, response.json["code"]) == (403, "approval_needed")
    assert again.json["details"] == response.json["details"]
    assert (renamed.status_code, renamed.json["name"]) == (200, "Renamed")
    assert (approval["kind"], approval["account_id"]) == ("channel", show("cha", merchant.shop.account_id))
    assert SECRET not in response.text + str(approval)
    assert (done.status_code, done.json["name"]) == (200, "Again")
    ciphertext = _row(merchant, merchant.shop.account_id).settings["api_key"]
    assert crypto.decrypt(ciphertext, context=encryption_context(merchant.shop.account_id, "api_key")) == SECRET


@pytest.mark.usefixtures("_careful")
def test_a_new_account_waits_for_somebody_else(merchant) -> None:
    response = merchant.post("/v1/channel_accounts", _account(), once="two-people-1")
    approval_id = parse("apr", response.json["details"]["approval_id"])
    decide_approval.approve(merchant.shop.business_id, approval_id, actor=BEN)
    made = merchant.post("/v1/channel_accounts", _account(), once="two-people-1")
    other = merchant.post("/v1/channel_accounts", _account(name="Third"), once="two-people-2")
    no = parse("apr", other.json["details"]["approval_id"])
    decide_approval.reject(merchant.shop.business_id, no, actor=BEN, reason="what for?")
    refused = merchant.post("/v1/channel_accounts", _account(name="Third"), once="two-people-2")

    assert (response.status_code, made.status_code) == (403, 201)
    assert (refused.status_code, refused.json["code"]) == (409, "approval_refused")
    names = {each["name"] for each in merchant.get("/v1/channel_accounts?limit=1").json["data"]}
    assert names == {"Second"}


def test_an_account_is_tested_and_its_health_is_shown(merchant) -> None:
    merchant.shop.paid_order()
    merchant.post("/v1/channel_accounts", {"channel": "wallet", "name": "Balance"})

    good = merchant.post(f"{_own(merchant)}/test", once=None).json
    [wallet, *_] = merchant.get("/v1/channel_accounts").json["data"]
    nobody = merchant.post(f"/v1/channel_accounts/{wallet['id']}/test", once=None)
    health = {each["channel"]: each for each in merchant.get("/v1/channel_health?hours=1").json["data"]}

    assert (good["found"], good["company_message"]) == ("good", "")
    assert (nobody.status_code, nobody.json["code"]) == (422, "not_a_payment_company")
    assert (health["simulator"]["state"], health["wallet"]["operations"]) == ("closed", [])
    calls = {each["operation"]: each for each in health["simulator"]["operations"]}
    assert calls["create"]["calls"] == calls["create"]["successes"] == 1


def test_limits_and_costs_are_set_by_currency(merchant) -> None:
    terms = f"{_own(merchant)}/terms"

    merchant.post(terms, {"currency": "USD", "max_minor": 5000, "fee_bps": 290}, once=None)
    both = merchant.post(terms, {"currency": "JPY", "fee_fixed_minor": 0}, once=None).json["data"]
    cleared = merchant.post(terms, {"currency": "JPY"}, once=None).json["data"]
    wrong = merchant.post(terms, {"currency": "USD", "min_minor": 9, "max_minor": 8}, once=None)
    unknown = merchant.post(terms, {"currency": "XQX"}, once=None)

    assert [each["currency"] for each in both] == ["JPY", "USD"]
    assert cleared == merchant.get(terms).json["data"] == both[1:]
    assert cleared[0] | {"max_minor": 5000, "fee_bps": 290, "min_minor": None} == cleared[0]
    assert (wrong.json["code"], unknown.json["code"]) == ("invalid_range", "unknown_currency")


def test_rules_send_payouts_where_the_preview_says(merchant) -> None:
    second = merchant.post("/v1/channel_accounts", _account()).json["id"]
    body = {"name": "Out", "targets": [{"account_id": second}], "direction": "outgoing"}
    question = "/v1/route_preview?amount_minor=300&currency=USD"

    made = merchant.post("/v1/routing_rules", body)
    with_scene = merchant.post("/v1/routing_rules", {**body, "scene": "web"})
    outgoing = merchant.get(f"{question}&kind=payout&payee_account=DE02120300000000202051").json["data"]
    incoming = merchant.get(question).json["data"]
    halves = [merchant.get(f"{question}{half}").status_code for half in ("&kind=payout", "&payee_account=DE02")]

    assert (made.status_code, made.json["direction"]) == (201, "outgoing")
    assert (with_scene.status_code, with_scene.json["code"]) == (422, "invalid_parameter")
    assert (outgoing[0]["account_id"], outgoing[0]["pros"]) == (second, ["The rule “Out” selects it."])
    assert incoming[0]["account_id"] == show("cha", merchant.shop.account_id)
    assert halves == [422, 422]


def test_rules_send_payments_where_the_preview_says(merchant) -> None:
    second = merchant.post("/v1/channel_accounts", _account()).json["id"]
    body = {"name": "Large ones", "targets": [{"account_id": second}], "currency": "USD", "min_minor": 5000}

    made = merchant.post("/v1/routing_rules", body, once="large-ones")
    again = merchant.post("/v1/routing_rules", body, once="large-ones")
    night = {"from_time": "22:00", "until_time": "24:00", "scene": "web", "exclusive": True}
    path = f"/v1/routing_rules/{made.json['id']}"
    changed = merchant.call("PATCH", path, night).json
    late = merchant.call("PATCH", path, {"priority": 5, "version": 1})
    freed = merchant.call("PATCH", path, dict.fromkeys(night)).json
    large = merchant.get("/v1/route_preview?amount_minor=5000&currency=USD").json["data"]
    small = merchant.get("/v1/route_preview?amount_minor=4999&currency=USD").json["data"]

    assert (made.status_code, again.json) == (201, made.json)
    assert {name: changed[name] for name in night} == night
    assert freed == made.json | {"exclusive": True, "version": 3}
    assert (late.status_code, late.json["code"], late.json["details"]["version"]) == (409, "version_conflict", 2)
    assert late.json["details"]["changes"] == {"priority": {"before": 100, "after": 5}}
    assert [each["account_id"] for each in large][0] == second
    assert large[0]["pros"] == ["The rule “Large ones” selects it."]
    assert small[0]["account_id"] == show("cha", merchant.shop.account_id)
    assert [each["id"] for each in merchant.get("/v1/routing_rules").json["data"]] == [made.json["id"]]
    assert merchant.call("DELETE", path).status_code == 204
    assert merchant.get(path).status_code == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"targets": []}, "invalid_parameter"),
        ({"min_minor": 1}, "invalid_range"),
        ({"from_time": "09:00"}, "invalid_hours"),
        ({"from_time": "24:00"}, "invalid_parameter"),
        ({"scene": "moon"}, "invalid_parameter"),
        ({"currency": "XQX"}, "unknown_currency"),
        ({"targets": [{"account_id": show("cha", new_id())}]}, "not_found"),
        ({"product_id": show("prd", new_id())}, "not_found"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(merchant, change, code: str) -> None:
    target = {"account_id": show("cha", merchant.shop.account_id), "weight": 1}

    answer = merchant.post("/v1/routing_rules", {"name": "Rule", "targets": [target], **change})
    twice = merchant.post("/v1/routing_rules", {"name": "Rule", "targets": [target, target]})

    assert answer.json["code"] == code
    assert twice.json["errors"][0]["param"] == "targets"


def test_a_rule_names_no_account_of_another_business(merchant, new_shop) -> None:
    foreign = {"account_id": show("cha", new_shop().account_id)}

    answer = merchant.post("/v1/routing_rules", {"name": "Theirs", "targets": [foreign]})

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_a_restricted_key_reads_channels_and_changes_none(merchant) -> None:
    key = merchant.post("/v1/keys", {"name": "reader", "kind": "restricted", "scopes": ["channels.read"]}).json
    headers = {"Authorization": f"Bearer {key['secret']}"}

    read = merchant.client.get("/v1/channel_accounts", headers=headers)
    write = merchant.client.post("/v1/channel_accounts", headers=headers, json=_account())

    assert (read.status_code, write.status_code) == (200, 403)


def test_too_many_tests_at_once_are_told_when_to_come_again(merchant) -> None:
    shop = merchant.shop
    path = f"/v1/channel_accounts/{show('cha', shop.account_id)}/test"

    with (
        bulkhead.current().slot("try", shop.business_id, "one"),
        bulkhead.current().slot("try", shop.business_id, "another"),
    ):
        busy = merchant.post(path)
    tried = merchant.post(path)

    assert (busy.status_code, busy.json["code"], int(busy.headers["Retry-After"]) > 0) == (429, "rate_limited", True)
    assert (tried.status_code, tried.json["found"]) == (200, "good")


def test_a_payment_without_room_writes_nothing_and_goes_on_later(merchant, monkeypatch) -> None:
    monkeypatch.setattr(bulkhead, "SLOW_S", -1.0)  # whatever is under way is slow
    shop, key = merchant.shop, str(new_id())
    body = {"line_items": [{"sku_id": show("sku", shop.sku_id), "quantity": 1}], "buyer": {"reference": "b"}}
    before = shop.many(select(Order.id))

    with ExitStack() as stack:
        while stack.enter_context(bulkhead.current().slot("create", shop.business_id, new_id())):
            pass
        busy = merchant.post("/v1/orders", body, once=key)
    written = shop.many(select(Order.id))
    paid = merchant.post("/v1/orders", body, once=key)

    assert (busy.status_code, busy.json["code"], int(busy.headers["Retry-After"]) > 0) == (503, "unavailable", True)
    assert written == before
    assert (paid.status_code, paid.json["status"]) == (201, "paying")

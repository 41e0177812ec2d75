"""Buyers by key: made, found, changed, noted about; and what of them is refused."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.ids import show
from app.workflow.accounts.manage_keys import KeyCommand, make_key
from tests.api.conftest import Merchant

ADA = {
    "reference": "ada-1",
    "email": "Ada@Example.com",
    "email_verified": True,
    "name": "Ada Lovelace",
    "locale": "en",
    "groups": ["members"],
    "attributes": {"tax_id": "DE123"},
    "addresses": [{"line1": "Main Street 1", "city": "Berlin", "country": "DE"}],
}


def test_a_buyer_is_made_found_and_changed(merchant: Merchant) -> None:
    made = merchant.post("/v1/buyers", ADA, once="the-first-buyer").json
    again = merchant.post("/v1/buyers", ADA, once="the-first-buyer").json
    changed = merchant.call("PATCH", f"/v1/buyers/{made['id']}", {"name": None, "groups": ["vip"]}).json

    assert made == again
    assert (made["email"], made["status"], made["source"]) == ("ada@example.com", "active", "api")
    assert made["email_verified_at"] is not None
    assert made["addresses"] == [{"line1": "Main Street 1", "city": "Berlin", "country": "DE"}]
    assert (changed["name"], changed["groups"], changed["email"]) == (None, ["vip"], "ada@example.com")
    for wanted in ("reference=ada-1", "email=ADA@example.com", "group=vip", "status=active"):
        assert [each["id"] for each in merchant.get(f"/v1/buyers?{wanted}").json["data"]] == [made["id"]]
    assert merchant.get("/v1/buyers?group=members").json["data"] == []


def test_a_buyer_without_a_reference_is_called_by_the_id(merchant: Merchant) -> None:
    made = merchant.post("/v1/buyers", {"name": "Grace"}).json

    assert made["reference"] == made["id"]


def test_a_reference_and_a_proven_mailbox_are_one_buyers_alone(merchant: Merchant) -> None:
    made = merchant.post("/v1/buyers", ADA).json

    same_reference = merchant.post("/v1/buyers", {"reference": "ada-1"})
    same_mailbox = merchant.post("/v1/buyers", {"email": "ada@example.com", "email_verified": True})
    unproven = merchant.post("/v1/buyers", {"email": "ada@example.com"})
    proven_later = merchant.call("PATCH", f"/v1/buyers/{unproven.json['id']}", {"email_verified": True})

    for refused in (same_reference, same_mailbox, proven_later):
        assert (refused.status_code, refused.json["code"]) == (409, "buyer_exists")
        assert refused.json["details"]["buyer_id"] == made["id"]
    assert (unproven.status_code, unproven.json["email_verified_at"]) == (201, None)


def test_another_mailbox_is_unproven_until_it_is_proven(merchant: Merchant) -> None:
    made = merchant.post("/v1/buyers", ADA).json
    path = f"/v1/buyers/{made['id']}"

    other = merchant.call("PATCH", path, {"email": "new@example.com"}).json
    proven = merchant.call("PATCH", path, {"email_verified": True}).json
    gone = merchant.call("PATCH", path, {"email": None}).json

    assert (other["email"], other["email_verified_at"]) == ("new@example.com", None)
    assert proven["email_verified_at"] is not None
    assert (gone["email"], gone["email_verified_at"]) == (None, None)


@pytest.mark.parametrize(
    "wrong", [{"groups": ["Not one"]}, {"phone": "0151"}, {"addresses": [{"line1": "x"}]}, {"locale": "not a language"}]
)
def test_what_cannot_be_is_refused(merchant: Merchant, wrong: dict[str, object]) -> None:
    assert merchant.post("/v1/buyers", wrong).status_code == 422


def test_notes_and_consents_are_kept(merchant: Merchant) -> None:
    buyer = merchant.post("/v1/buyers", ADA).json["id"]
    path = f"/v1/buyers/{buyer}"
    told = {"kind": "marketing_email", "source": "newsletter form", "evidence": {"ip": "203.0.113.9"}}

    note = merchant.post(f"{path}/notes", {"body": "Called twice."}, once=None)
    merchant.post(f"{path}/consents", {**told, "granted": True})
    merchant.post(f"{path}/consents", {**told, "granted": False})

    assert note.status_code == 201
    assert [each["body"] for each in merchant.get(f"{path}/notes").json["data"]] == ["Called twice."]
    [consent] = merchant.get(path).json["consents"]
    assert (consent["kind"], consent["granted"], consent["evidence"]) == (
        "marketing_email", False, {"ip": "203.0.113.9"},
    )  # fmt: skip


def test_buyers_are_told_to_endpoints(merchant: Merchant, wait_until: Any) -> None:
    buyer = merchant.post("/v1/buyers", ADA).json["id"]
    merchant.call("PATCH", f"/v1/buyers/{buyer}", {"name": "Ada"})
    merchant.call("PATCH", f"/v1/buyers/{buyer}", {"name": "Ada"})

    def told() -> list[str]:
        events = merchant.get("/v1/events").json["data"]
        return sorted(each["type"] for each in events if each["object_id"] == buyer)

    wait_until(lambda: len(told()) >= 2)
    assert told() == ["buyer.created", "buyer.updated"]


def test_a_key_without_the_scope_sees_no_buyers(merchant: Merchant) -> None:
    buyer = merchant.post("/v1/buyers", ADA).json["id"]
    command = KeyCommand("x", scopes=frozenset({"orders.read"}))
    made = make_key(merchant.shop.business_id, command, kind="restricted", actor="test")
    stranger = Merchant(merchant.shop, merchant.client, merchant.document, made.secret)

    for path in ("/v1/buyers", f"/v1/buyers/{buyer}", f"/v1/buyers/{buyer}/notes"):
        assert stranger.get(path).status_code == 403
    assert stranger.post("/v1/buyers", ADA).status_code == 403
    assert stranger.get(f"/v1/buyers/{show('byr', merchant.shop.business_id)}").status_code == 403

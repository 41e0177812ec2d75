"""A restricted key without `buyers.read` reads everything else, and nowhere how a buyer is called or reached."""

from __future__ import annotations

import json

from app.api.kit.operation import Operation
from app.api.v1 import v1
from app.api.v1.insights.exports import LISTS
from app.core import db
from app.core.ids import parse
from app.domain.accounts.business.scopes import GRANTABLE
from app.domain.orders.contact import ANSWERS
from app.domain.orders.models import Order
from app.domain.orders.types import Buyer
from app.read.marketing.coupons import shown_code
from app.workflow.accounts.manage_keys import KeyCommand, make_key
from app.workflow.marketing import issue_coupons
from tests.api.conftest import Merchant
from tests.api.test_access import ids_of
from tests.factories.coupons import active_template, coupons_of

BUYER = {"reference": "lovelace-1815", "email": "ada@buyers.example", "phone": "+4915112345678"}
MASKED = {"reference": "lo•••", "email": "a•••@b•••", "phone": "+4•••"}
# What only the list of buyers says of them.
KNOWN = {"name": "Augusta Byron", "address": {"name": "Countess Noel", "line1": "12 St James Square", "city": "Ockham"}}
# What an order knows besides.
COMPANY = {
    "company": "Analytical Engines",
    "name": "Mary Somerville",
    "address": "9 Dorset Street",
    "tax_number": "GB77",
}
ANSWER = "Engraved for Annabella"
# What needs a word of its own in the query.
QUERIES = {"list_entitlements": f"?buyer_reference={BUYER['reference']}"}


def test_no_list_and_no_object_tells_who_bought(merchant: Merchant) -> None:
    about = {"shipping_address": {**KNOWN["address"], "country": "GB"}, "billing_details": COMPANY}
    order = merchant.post("/v1/orders", {**merchant.session_body(), "buyer": BUYER, **about}).json
    _answer(merchant, order["id"])
    person = {**BUYER, "name": KNOWN["name"], "addresses": [{**KNOWN["address"], "country": "GB"}]}
    known = merchant.post("/v1/buyers", person)
    assert known.status_code in (200, 201), known.text
    own = {
        "buyer_reference": "somebody",
        **ids_of(merchant),
        "buyer_id": known.json["id"],
        "order_id": order["id"],
        "any_id": order["id"],
    }
    all_scopes, no_buyers = _key(merchant, GRANTABLE), _key(merchant, GRANTABLE - {"buyers.read", "buyers.write"})
    tells, leaks = set(), set()

    for operation in v1.operations:
        if operation.method == "GET":
            tells |= {operation.name} if _tells(_read(merchant, all_scopes, operation, own)) else set()
            leaks |= {operation.name} if _tells(_read(merchant, no_buyers, operation, own)) else set()

    assert leaks == set()
    assert {"get_order", "list_orders", "get_buyer", "list_buyers"} <= tells


def test_what_it_makes_is_answered_masked_also_again(merchant: Merchant) -> None:
    key, body = _key(merchant, {"orders.write"}), {**merchant.session_body(), "buyer": BUYER}
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "the-same"}

    first, again = (merchant.call("POST", "/v1/orders", body, headers) for _ in range(2))

    assert first.json["buyer"] == again.json["buyer"] == MASKED
    assert again.headers["Idempotent-Replayed"] == "true"
    assert merchant.get(f"/v1/orders/{first.json['id']}").json["buyer"] == BUYER


def test_a_file_of_a_list_is_masked_as_the_list(merchant: Merchant) -> None:
    merchant.post("/v1/orders", {**merchant.session_body(), "buyer": BUYER})
    files = {}
    for name, scopes in (("with", {"orders.read", "buyers.read"}), ("without", {"orders.read"})):
        headers = {"Authorization": f"Bearer {_key(merchant, scopes)}"}
        body = {"resource": "orders", "columns": ["order", "email"]}
        made = merchant.call("POST", "/v1/exports", body, headers).json
        files[name] = merchant.call("GET", f"/v1/exports/{made['id']}/file", headers=headers).text

    assert BUYER["email"] in files["with"]
    assert (BUYER["email"] in files["without"], MASKED["email"] in files["without"]) == (False, True)


def test_a_file_of_coupon_codes_is_masked_as_the_list(merchant: Merchant) -> None:
    template_id = active_template(merchant.shop.business_id)
    issue_coupons.issue_coupon(merchant.shop.business_id, template_id, buyer=Buyer(reference="buyer-7"), actor="test")
    code = shown_code(coupons_of(merchant.shop)[0])
    files = {}
    for name, scopes in (
        ("with", {"orders.read", "coupons.read", "buyers.read"}),
        ("without", {"orders.read", "coupons.read"}),
    ):
        headers = {"Authorization": f"Bearer {_key(merchant, scopes)}"}
        made = merchant.call("POST", "/v1/exports", {"resource": "coupons", "columns": ["code", "buyer"]}, headers).json
        files[name] = merchant.call("GET", f"/v1/exports/{made['id']}/file", headers=headers).text

    assert (code in files["with"], "buyer-7" in files["with"]) == (True, True)
    assert (code in files["without"], "buyer-7" in files["without"]) == (False, False)
    assert "bu•••" in files["without"]


def test_a_file_needs_what_reading_its_list_needs(merchant: Merchant) -> None:
    lists = {
        each.name.removeprefix("list_"): each.permission for each in v1.operations if each.name.startswith("list_")
    }
    lists["payments"] = "orders.read"
    made = {}
    for resource in LISTS:
        scopes = GRANTABLE - {lists[resource], lists[resource].replace(".read", ".write")} | {"orders.read"}
        headers = {"Authorization": f"Bearer {_key(merchant, scopes)}"}
        made[resource] = merchant.call("POST", "/v1/exports", {"resource": resource}, headers).status_code

    assert made == {each: 201 if lists[each] == "orders.read" else 403 for each in LISTS}


def _read(merchant: Merchant, key: str, operation: Operation, ids: dict[str, str]) -> str:
    path = f"/v1{operation.path.format(**ids)}{QUERIES.get(operation.name, '')}"
    return merchant.call("GET", path, headers={"Authorization": f"Bearer {key}"}).get_data().decode(errors="replace")


def _tells(text: str) -> bool:
    words = (*BUYER.values(), KNOWN["name"], *KNOWN["address"].values(), *COMPANY.values(), ANSWER)
    return any(json.dumps(each)[1:-1] in text for each in words)


def _answer(merchant: Merchant, order_id: str) -> None:
    """What the buyer answered to a question of the checkout."""
    kept = [{"key": "engraving", "label": "Engraving", "answer": ANSWER}]
    with db.phase("test.answer", merchant.shop.business_id):
        order = db.get(Order, parse("ord", order_id))
        db.write(db.change(Order, order.id, details={**order.details, ANSWERS: kept}), expect=1)


def _key(merchant: Merchant, scopes: set[str] | frozenset[str]) -> str:
    made = make_key(merchant.shop.business_id, KeyCommand("x", scopes=frozenset(scopes)), kind="restricted", actor="t")
    return made.secret

"""Agreements accepted on the merchant's own page are kept with an order that its server places."""

from __future__ import annotations

from app.core.ids import show
from app.domain.checkout.agreements.rules import text_hash
from app.workflow.checkout import manage_agreements
from tests.api.conftest import Merchant
from tests.factories.business import make_agreement


def test_accepted_texts_are_kept_as_proof(merchant: Merchant) -> None:
    version = _asked_of_everybody(merchant)
    accepted = [{"id": version, "hash": text_hash("Terms", "Be kind.")}]
    body = {**merchant.session_body(), "agreements": accepted, "payer": {"buyer_ip": "203.0.113.9"}}

    order = merchant.post("/v1/orders", body)
    kept = merchant.get(f"/v1/orders/{order.json['id']}/agreements").json["data"]

    assert order.status_code == 201
    assert [(each["id"], each["hash"], each["buyer_ip"]) for each in kept] == [
        (version, accepted[0]["hash"], "203.0.113.9")
    ]


def test_a_text_that_was_not_accepted_refuses_the_order(merchant: Merchant) -> None:
    version = _asked_of_everybody(merchant)
    before = merchant.rows()["orders"]

    none = merchant.post("/v1/orders", {**merchant.session_body(), "agreements": []})
    other = [{"id": version, "hash": "0" * 64}]
    wrong = merchant.post("/v1/orders", {**merchant.session_body(), "agreements": other})

    for refused in (none, wrong):
        assert (refused.status_code, refused.json["code"]) == (422, "agreement_required")
    assert merchant.rows()["orders"] == before


def test_without_them_the_merchant_answers_for_the_agreement(merchant: Merchant) -> None:
    _asked_of_everybody(merchant)

    order = merchant.post("/v1/orders", merchant.session_body())

    assert order.status_code == 201
    assert merchant.get(f"/v1/orders/{order.json['id']}/agreements").json["data"] == []


def _asked_of_everybody(merchant: Merchant) -> str:
    template_id, version_id = make_agreement(merchant.shop.business_id)
    command = manage_agreements.AgreementCommand(name="Terms")
    manage_agreements.change_agreement(merchant.shop.business_id, template_id, command)
    return show("agr", version_id)

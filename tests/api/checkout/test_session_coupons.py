"""The buyer's browser and coupons: what there is, what is entered, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.domain.marketing.kinds import FullReduction, Step
from app.domain.orders.types import Buyer
from app.workflow.marketing import issue_coupons, manage_coupons
from tests.api.conftest import Browser, Merchant
from tests.factories.coupons import active_template
from tests.factories.promotions import active_promotion

KEY = {"Idempotency-Key": "coupon-confirm-2"}
BIG = FullReduction(steps=(Step(5000, 900),))


@pytest.fixture
def buyer(merchant: Merchant, browser_of: Callable[[str], Browser]) -> Browser:
    buyer = {"reference": "buyer-1", "signed_in": True}
    return browser_of(merchant.new_session(2, buyer=buyer)["client_secret"])


def change(buyer: Browser, **body: Any) -> Any:
    return buyer.call("POST", "/coupons", body)


def test_there_is_nothing_to_enter_without_coupons(buyer: Browser) -> None:
    snapshot = buyer.call("GET").json or {}

    assert (snapshot["coupons_open"], snapshot["coupons"]) == (False, [])


def test_a_code_is_entered_priced_taken_out_and_ordered(merchant: Merchant, buyer: Browser) -> None:
    active_template(merchant.shop.business_id, shared_code="SUMMER-26")
    before = buyer.call("GET").json

    entered = change(buyer, add="summer 26").json
    again = change(buyer, add="SUMMER26").json
    without = change(buyer, remove="summer-26").json
    change(buyer, add="summer-26")
    seen = {"total_minor": entered["total_minor"], "payment_method_id": "simulator"}
    ordered = buyer.call("POST", "/confirm", seen, {"Idempotency-Key": "coupon-confirm-1"}).json

    assert (before["coupons_open"], before["total_minor"], without["total_minor"]) == (True, 2000, 2000)
    coupon = {"code": "SUMMER-26", "name": "Coupon", "discount_minor": 200, "reason": None, "text": None}
    assert (entered["coupons"], entered["total_minor"], entered["discounts"]) == (
        [coupon],
        1800,
        [{"name": "Coupon", "why": "10% off $20.00", "amount_minor": 200}],
    )
    assert again["version"] == entered["version"] > before["version"]
    assert (ordered["coupons"], ordered["coupons_open"], ordered["total_minor"]) == ([coupon], False, 1800)
    assert change(buyer, add="OTHER").json["code"] == "already_ordered"


def test_nothing_is_entered_where_nothing_is_paid(merchant: Merchant, buyer: Browser) -> None:
    active_template(merchant.shop.business_id, shared_code="SUMMER")
    active_promotion(merchant.shop.business_id, off_bps=10_000)

    free = buyer.call("GET").json

    assert (free["total_minor"], free["coupons_open"]) == (0, False)


def test_the_shown_way_to_pay_counts_where_none_was_chosen(merchant: Merchant, buyer: Browser) -> None:
    active_promotion(merchant.shop.business_id, channels=frozenset({"simulator"}))
    half = FullReduction(steps=(Step(1900, 950),))
    active_template(merchant.shop.business_id, half, shared_code="HALF", currency="USD")

    refused = change(buyer, add="HALF").json
    usable = buyer.call("GET", "/coupons").json["usable"]
    shown = buyer.call("GET").json
    ordered = buyer.call("POST", "/confirm", {"total_minor": 1800}, {"Idempotency-Key": "shown-way-0001"}).json

    # At the price of 1,800 that is shown it takes off nothing.
    assert (refused["code"], usable) == ("coupon_refused", [])
    assert (shown["payment_method_id"], shown["total_minor"]) == ("simulator", 1800)
    assert (ordered["status"], ordered["total_minor"]) == ("requires_action", 1800)


def test_the_page_gets_every_text_in_the_language_it_chose(merchant: Merchant, buyer: Browser) -> None:
    active_template(merchant.shop.business_id, shared_code="SUMMER-26", listed=True)
    german = {"Accept-Language": "de-CH,fr;q=0.5"}

    offered = buyer.call("GET", "/coupons", headers=german).json
    entered = buyer.call("POST", "/coupons", {"add": "summer-26"}, german).json
    refused = buyer.call("POST", "/coupons", {"add": "NONE"}, german).json
    unlooked = buyer.call(
        "POST", "/confirm", {"total_minor": 1, "payment_method_id": "simulator"}, {**german, **KEY}
    ).json
    seen = {"total_minor": entered["total_minor"], "payment_method_id": "simulator"}
    ordered = buyer.call("POST", "/confirm", seen, {**german, "Idempotency-Key": "coupon-confirm-3"}).json

    assert offered["usable"][0]["text"] == "10\xa0% Rabatt auf alles."
    assert entered["discounts"] == [{"name": "Coupon", "why": "10\xa0% Rabatt auf 20,00\xa0$", "amount_minor": 200}]
    assert entered["steps"][1]["text"] == "Coupon: 10\xa0% Rabatt auf 20,00\xa0$"
    assert refused["detail"] == "NONE: Diesen Code gibt es nicht."
    assert (unlooked["code"], unlooked["detail"][:26]) == ("price_changed", "Der Preis hat sich geänder")
    assert (ordered["steps"], ordered["locale"]) == (entered["steps"], "de")


def test_a_code_of_no_use_is_not_kept_and_one_that_lost_its_use_says_so(merchant: Merchant, buyer: Browser) -> None:
    active_template(merchant.shop.business_id, BIG, shared_code="BIG", currency="USD")
    template_id = active_template(merchant.shop.business_id, shared_code="TENTH")

    too_small = change(buyer, add="BIG")
    change(buyer, add="tenth")
    manage_coupons.transition_template(merchant.shop.business_id, template_id, "paused", actor="test")
    after = buyer.call("GET").json or {}
    seen = {"total_minor": after["total_minor"], "payment_method_id": "simulator"}
    ordered = buyer.call("POST", "/confirm", seen, {"Idempotency-Key": "coupon-confirm-2"}).json or {}

    assert (too_small.status_code, too_small.json["code"]) == (409, "coupon_refused")
    assert too_small.json["details"] == {"code": "BIG", "reason": "below_minimum"}
    assert [(each["code"], each["reason"], each["discount_minor"]) for each in after["coupons"]] == [
        ("TENTH", "not_active", 0)
    ]
    assert (ordered["coupons"], ordered["total_minor"]) == ([], 2000)


def test_what_there_is_and_the_best_of_it(merchant: Merchant, buyer: Browser) -> None:
    business_id = merchant.shop.business_id
    active_template(business_id, shared_code="LISTED", listed=True, off_bps=500)
    active_template(business_id, shared_code="HIDDEN", off_bps=9000)
    active_template(business_id, BIG, shared_code="BIG", currency="USD", listed=True)
    own = active_template(business_id, off_bps=3000, exclusive=True)
    issue_coupons.issue_coupon(business_id, own, buyer=Buyer(reference="buyer-1"), actor="test")
    issue_coupons.issue_coupon(business_id, own, buyer=Buyer(reference="other"), actor="test")

    found = buyer.call("GET", "/coupons").json or {}
    best = change(buyer, best=True).json

    assert [(each["discount_minor"], each["text"]) for each in found["usable"]] == [
        (600, "30% off, on everything."),
        (100, "5% off, on everything."),
    ]
    assert [(each["code"], each["reason"]) for each in found["unusable"]] == [("BIG", "below_minimum")]
    assert (found["best"], found["best_discount_minor"]) == ([found["usable"][0]["code"]], 600)
    assert ([each["code"] for each in best["coupons"]], best["total_minor"]) == (found["best"], 1400)


def test_codes_cannot_be_guessed_for_long(merchant: Merchant, buyer: Browser) -> None:
    active_template(merchant.shop.business_id, shared_code="KNOWN")

    for _ in range(3):
        change(buyer, add="known")
        change(buyer, remove="known")
    answers = [change(buyer, add=f"GUESS{number}") for number in range(11)]

    assert [answer.json["code"] for answer in answers] == ["coupon_refused"] * 10 + ["too_many_codes"]
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.parametrize("body", [{}, {"add": "A", "best": True}, {"add": ""}, {"best": False}])
def test_a_change_is_exactly_one(buyer: Browser, body: dict[str, Any]) -> None:
    assert change(buyer, **body).json["code"] == "invalid_parameter"

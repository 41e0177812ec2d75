"""Which account takes a payment: rules, splits, limits, cost and what speaks against each."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from app.core.money import Money
from app.domain.payments.channels.types import Capabilities
from app.domain.payments.routing import Account, AccountTerms, Route, RouteRequest, RouteRule, fits, route

CAN = Capabilities(kinds=frozenset({"charge"}), scenes=("web", "qr"))


def account(number: int, **more: Any) -> Account:
    values = {"channel": "pay", "name": f"No. {number}", "enabled": True, "priority": 100, "can": CAN}
    return Account(id=uuid.UUID(int=number), **values | more)


def rule(number: int, weights: dict[int, int], **more: Any) -> RouteRule:
    targets = {uuid.UUID(int=each): weight for each, weight in weights.items()}
    return RouteRule(id=uuid.UUID(int=1000 + number), name=f"rule {number}", targets=targets, **more)


def route_request(**more: Any) -> RouteRequest:
    values = {"seed": uuid.UUID(int=7), "amount": Money(1000, "USD"), "scene": "web", "mode": "test", "minute": 720}
    return RouteRequest(**values | more)


def order(found: Route) -> list[int]:
    return [each.account.id.int for each in found.usable]


def against(found: Route, number: int) -> list[str]:
    [one] = [each for each in found.candidates if each.account.id.int == number]
    return [reason["code"] for reason in one.against]


def test_without_rules_priority_decides_then_cost_then_age() -> None:
    known, dear = AccountTerms(fee_bps=100), AccountTerms(fee_bps=300, fee_fixed_minor=30)
    accounts = [account(1), account(2, terms=dear), account(3, terms=known), account(4, priority=5)]

    assert order(route(route_request(), accounts, [])) == [4, 3, 2, 1]


def test_cost_is_rounded_half_up() -> None:
    terms = AccountTerms(fee_bps=150, fee_fixed_minor=30)

    assert [terms.cost_minor(Money(minor, "USD")) for minor in (1, 33, 34, 1000)] == [30, 30, 31, 45]
    assert AccountTerms().cost_minor(Money(1000, "USD")) is None


def test_a_fitting_rule_goes_before_priority_and_the_rest_stands_behind() -> None:
    accounts = [account(1, priority=1), account(2), account(3)]

    found = route(route_request(), accounts, [rule(1, {3: 1})])

    assert order(found) == [3, 1, 2]
    assert found.candidates[0].pros[0]["rule"] == "rule 1"


def test_only_keeps_all_others_out_even_those_of_later_rules() -> None:
    accounts = [account(1), account(2), account(3)]

    found = route(route_request(), accounts, [rule(1, {3: 1}, exclusive=True), rule(2, {2: 1})])

    assert order(found) == [3]
    assert against(found, 1) == against(found, 2) == ["rule_only"]


def test_a_split_follows_the_weights_and_an_order_stays_on_its_side() -> None:
    accounts = [account(1), account(2), account(3)]
    split = [rule(1, {1: 70, 2: 20, 3: 10})]
    seeds = [uuid.UUID(int=each * 2**64 + each) for each in range(3000)]

    firsts = Counter(order(route(route_request(seed=seed), accounts, split))[0] for seed in seeds)

    assert firsts[1] == pytest.approx(2100, abs=120)
    assert firsts[2] == pytest.approx(600, abs=90)
    assert order(route(route_request(), accounts, split)) == order(route(route_request(), accounts, split))


def test_an_account_that_is_away_moves_its_own_payments_only() -> None:
    accounts = [account(1), account(2), account(3)]
    split = [rule(1, {1: 1, 2: 1, 3: 1})]
    away = [replace(accounts[0], health="open"), *accounts[1:]]

    for number in range(200):
        request = route_request(seed=uuid.UUID(int=number))
        before, after = order(route(request, accounts, split)), order(route(request, away, split))
        assert after == [each for each in before if each != 1]


def test_a_weight_of_nothing_takes_no_share() -> None:
    accounts = [account(1), account(2, priority=1)]

    found = route(route_request(), accounts, [rule(1, {1: 0})])

    assert order(found) == [2, 1]


@pytest.mark.parametrize(
    ("more", "fitting", "other"),
    [
        ({"currency": "USD"}, {}, {"amount": Money(1000, "EUR")}),
        ({"currency": "USD", "min_minor": 1000}, {}, {"amount": Money(999, "USD")}),
        ({"currency": "USD", "max_minor": 1000}, {}, {"amount": Money(1001, "USD")}),
        ({"scene": "qr"}, {"scene": "qr"}, {"scene": "web"}),
        ({"from_minute": 540, "until_minute": 1080}, {"minute": 540}, {"minute": 1080}),
        ({"from_minute": 540, "until_minute": 1080}, {"minute": 1079}, {"minute": 539}),
        ({"from_minute": 1320, "until_minute": 360}, {"minute": 1320}, {"minute": 1319}),
        ({"from_minute": 1320, "until_minute": 360}, {"minute": 359}, {"minute": 360}),
        ({"product_id": uuid.UUID(int=5)}, {"item_ids": frozenset({uuid.UUID(int=5)})}, {}),
        ({"sku_id": uuid.UUID(int=6)}, {"item_ids": frozenset({uuid.UUID(int=6)})}, {"item_ids": frozenset()}),
    ],
)
def test_a_rule_fits_on_one_side_of_its_line(more: Any, fitting: Any, other: Any) -> None:
    values = rule(1, {1: 1}, **more)

    assert fits(values, route_request(**fitting))
    assert not fits(values, route_request(**other))


@pytest.mark.parametrize(
    ("changed", "requested", "code"),
    [
        ({"enabled": False}, {}, "switched_off"),
        ({"can": replace(CAN, test_only=True)}, {"mode": "live"}, "test_only"),
        ({}, {"requested_channel": "other"}, "not_requested"),
        ({}, {"only": frozenset({"other"})}, "offer"),
        ({"can": replace(CAN, is_internal=True)}, {}, "by_choice_only"),
        ({"can": replace(CAN, is_internal=True)}, {"requested_channel": "pay", "exclude_wallet": True}, "internal"),
        ({"can": replace(CAN, kinds=frozenset({"refund"}))}, {}, "kind"),
        ({"can": replace(CAN, currencies=frozenset({"CNY"}))}, {}, "currency"),
        ({}, {"scene": "app"}, "scene"),
        ({"can": replace(CAN, min_minor=1001)}, {}, "too_small"),
        ({"terms": AccountTerms(min_minor=1001)}, {}, "too_small"),
        ({"can": replace(CAN, max_minor=999)}, {}, "too_large"),
        ({"can": replace(CAN, max_minor=5000), "terms": AccountTerms(max_minor=999)}, {}, "too_large"),
        ({"terms": AccountTerms(daily_minor=5000, used_minor=4001)}, {}, "daily"),
        ({"health": "open"}, {}, "breaker_open"),
        ({"health": "probing"}, {}, "being_probed"),
        ({}, {"tried": frozenset({uuid.UUID(int=1)})}, "tried"),
    ],
)
def test_what_cannot_take_the_payment_says_why(changed: Any, requested: Any, code: str) -> None:
    found = route(route_request(**requested), [account(1, **changed)], [])

    assert order(found) == []
    assert against(found, 1) == [code]


@pytest.mark.parametrize(
    ("changed", "requested"),
    [
        ({"terms": AccountTerms(min_minor=1000, max_minor=1000, daily_minor=5000, used_minor=4000)}, {}),
        ({"can": replace(CAN, min_minor=1000, max_minor=1000)}, {}),
        ({"can": replace(CAN, is_internal=True, scenes=("wallet",))}, {"requested_channel": "pay"}),
        ({"health": "half_open"}, {"requested_channel": str(uuid.UUID(int=1))}),
    ],
)
def test_at_the_line_it_still_takes_the_payment(changed: Any, requested: Any) -> None:
    assert order(route(route_request(**requested), [account(1, **changed)], [])) == [1]


PAYS = replace(CAN, kinds=frozenset({"charge", "payout"}), payees="acct_[0-9]+")


def test_rules_apply_to_what_comes_in_or_to_what_goes_out() -> None:
    accounts = [account(1, can=PAYS), account(2, can=PAYS)]
    rules = [rule(1, {1: 1}), rule(2, {2: 1}, direction="outgoing")]

    incoming = route(route_request(), accounts, rules)
    outgoing = route(route_request(kind="payout", payee="acct_1", scene=""), accounts, rules)

    assert (order(incoming)[0], order(outgoing)[0]) == (1, 2)


def test_money_leaves_by_accounts_that_pay_to_the_payee_only() -> None:
    manual = replace(PAYS, payees=None, is_manual=True)
    accounts = [account(1), account(2, can=PAYS), account(3, can=manual), account(4, can=replace(PAYS, max_minor=999))]

    found = route(route_request(kind="payout", payee="DE02", scene=""), accounts, [])

    assert order(found) == [3]
    assert [against(found, number) for number in (1, 2, 4)] == [["kind"], ["payee"], ["payee", "too_large"]]

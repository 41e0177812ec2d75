"""Routing rules and the terms of accounts: only what can be meant is kept."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.money import MAX_MINOR
from app.domain.payments.models import ChannelTerms, RoutingRule
from app.workflow.payments import manage_routing
from app.workflow.payments.manage_routing import ChannelTermsCommand, RoutingRuleCommand
from tests.factories.shop import Shop


def test_a_rule_is_kept_once_changed_and_taken_away(shop: Shop) -> None:
    rule_id = new_id()
    for name in ("Nights", "Again"):
        made = manage_routing.add_rule(
            shop.business_id, _rule(shop, name=name, from_minute=1320, until_minute=360), rule_id=rule_id
        )
        assert made == rule_id
    [first] = _rules(shop)
    manage_routing.change_rule(
        shop.business_id, rule_id, _rule(shop, name="Large", currency="USD", min_minor=5000, sku_id=shop.sku_id)
    )
    [changed] = _rules(shop)
    manage_routing.remove_rule(shop.business_id, rule_id)

    assert (first.name, first.from_minute, first.until_minute) == ("Nights", 1320, 360)
    assert first.targets == [{"account_id": str(shop.account_id), "weight": 10}]
    assert (changed.name, changed.from_minute, changed.min_minor, changed.sku_id) == (
        "Large", None, 5000, shop.sku_id,
    )  # fmt: skip
    assert _rules(shop) == []


def test_of_two_edits_at_once_the_second_is_refused_with_the_difference(shop: Shop) -> None:
    rule_id = manage_routing.add_rule(shop.business_id, _rule(shop, name="One"))

    def change(name: str) -> dict[str, Any] | None:
        try:
            manage_routing.change_rule(shop.business_id, rule_id, _rule(shop, name=name), seen=1)
        except Conflict as refused:
            return refused.details
        return None

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(change, ("Two", "Three"))

    [rule] = _rules(shop)
    lost = "Three" if rule.name == "Two" else "Two"
    assert [first, second].count(None) == 1
    assert (first or second) == {"version": 2, "changes": {"name": {"before": rule.name, "after": lost}}}
    assert rule.version == 2


def test_the_last_place_goes_to_one_of_many_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manage_routing, "MAX_RULES", 1)

    def attempt(_: int) -> bool:
        with suppress(Invalid):
            manage_routing.add_rule(shop.business_id, _rule(shop))
            return True
        return False

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(attempt, range(8)))

    assert (sum(made), len(_rules(shop))) == (1, 1)


def test_a_rule_that_is_not_there_is_neither_changed_nor_removed(shop: Shop, new_shop: Any) -> None:
    other = new_shop()
    theirs = manage_routing.add_rule(other.business_id, _rule(other))

    for rule_id in (new_id(), theirs):
        with pytest.raises(NotFound):
            manage_routing.change_rule(shop.business_id, rule_id, _rule(shop))
        with pytest.raises(NotFound):
            manage_routing.remove_rule(shop.business_id, rule_id)

    assert (len(_rules(other)), _rules(shop)) == (1, [])


def test_a_rule_that_makes_no_sense_is_refused_new_or_as_a_change(shop: Shop, new_shop: Any) -> None:
    other = new_shop()
    kept = manage_routing.add_rule(shop.business_id, _rule(shop, name="Kept"))
    weights = ({}, {shop.account_id: 0}, {shop.account_id: 1001}, {shop.account_id: -1})
    invalid: list[dict[str, Any]] = [
        *({"weights": each} for each in weights),
        {"min_minor": 1},
        {"currency": "XXQ"},
        {"currency": "USD", "min_minor": 2, "max_minor": 1},
        {"from_minute": 60},
        {"until_minute": 60},
    ]
    missing = [{"product_id": other.product_id}, {"sku_id": new_id()}, {"weights": {other.account_id: 1}}]

    for error, commands in ((Invalid, invalid), (NotFound, missing)):
        for each in commands:
            with pytest.raises(error):
                manage_routing.add_rule(shop.business_id, _rule(shop, **each))
            with pytest.raises(error):
                manage_routing.change_rule(shop.business_id, kept, _rule(shop, **each))

    assert [row.name for row in _rules(shop)] == ["Kept"]


def test_no_more_rules_than_so_many_but_the_same_one_again_is_fine(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manage_routing, "MAX_RULES", 2)
    first, _ = (manage_routing.add_rule(shop.business_id, _rule(shop)) for _ in range(2))

    with pytest.raises(Invalid, match="already have 2"):
        manage_routing.add_rule(shop.business_id, _rule(shop))
    manage_routing.add_rule(shop.business_id, _rule(shop), rule_id=first)

    assert len(_rules(shop)) == 2


def test_terms_replace_those_of_their_currency_and_empty_ones_remove_them(shop: Shop) -> None:
    _set(shop, min_minor=100, max_minor=9000, fee_bps=250)
    _set(shop, "EUR", fee_fixed_minor=30)
    _set(shop, max_minor=5000)
    replaced = {row.currency: (row.min_minor, row.max_minor, row.fee_bps) for row in _terms(shop)}
    _set(shop)

    assert replaced == {"USD": (None, 5000, None), "EUR": (None, None, None)}
    assert [row.currency for row in _terms(shop)] == ["EUR"]


def test_a_daily_limit_counts_from_a_day_that_it_keeps(shop: Shop, clock: Any) -> None:
    _set(shop, daily_minor=9000)
    [first] = _terms(shop)
    clock.move(5 * 86_400)
    _set(shop, daily_minor=5000)
    [lower] = _terms(shop)
    _set(shop, max_minor=5000)
    _set(shop, daily_minor=5000)
    [again] = _terms(shop)

    assert first.totals_from == lower.totals_from
    assert again.totals_from > first.totals_from


def test_terms_that_make_no_sense_leave_the_old_ones(shop: Shop, new_shop: Any) -> None:
    _set(shop, max_minor=9000)
    for each in (
        {"min_minor": 0}, {"max_minor": -1}, {"daily_minor": MAX_MINOR + 1}, {"fee_fixed_minor": -1},
        {"min_minor": 2, "max_minor": 1},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            _set(shop, **each)
    with pytest.raises(Invalid):
        _set(shop, "XXQ", max_minor=1)
    for account_id in (new_id(), new_shop().account_id):
        with pytest.raises(NotFound):
            manage_routing.set_terms(shop.business_id, account_id, "USD", ChannelTermsCommand(max_minor=1))

    assert [row.max_minor for row in _terms(shop)] == [9000]


def _rule(shop: Shop, **more: Any) -> RoutingRuleCommand:
    weights: dict[uuid.UUID, int] = more.pop("weights", {shop.account_id: 10})
    return RoutingRuleCommand(name=more.pop("name", "Rule"), weights=weights, **more)


def _set(shop: Shop, currency: str = "USD", **amounts: int) -> None:
    manage_routing.set_terms(shop.business_id, shop.account_id, currency, ChannelTermsCommand(**amounts))


def _rules(shop: Shop) -> list[Any]:
    return list(shop.many(select(RoutingRule.__table__)))


def _terms(shop: Shop) -> list[Any]:
    return list(shop.many(select(ChannelTerms.__table__)))

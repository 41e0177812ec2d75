"""Rules over facts: both sides of each limit, the lists' precedence, and a decision that depends on nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.domain.risk import rules
from app.domain.risk.facts import FACTS
from app.domain.risk.starters import STARTERS
from app.domain.risk.types import OPERATORS, Condition, KeptFacts, Result, Rule, RuleSet

EUR = {"amount": 5_000, "currency": "EUR"}


def blocks(facts: KeptFacts, *when: Condition, beats_allow: bool = False) -> bool:
    rule = Rule(name="r", result="block", when=when, beats_allow=beats_allow)
    return rules.decide(facts, RuleSet(rules=(rule,))).result == Result.BLOCK


@pytest.mark.parametrize(
    ("condition", "facts", "holds"),
    [
        (Condition("buyer_payments_1h", "at_least", 5), {"buyer_payments_1h": 4}, False),
        (Condition("buyer_payments_1h", "at_least", 5), {"buyer_payments_1h": 5}, True),
        (Condition("hour", "at_most", 5), {"hour": 5}, True),
        (Condition("hour", "at_most", 5), {"hour": 6}, False),
        (Condition("address_declined_1h", "at_least", 0), {"address_declined_1h": None}, False),
        (Condition("amount", "at_least", 5_000, "EUR"), EUR, True),
        (Condition("amount", "at_least", 5_001, "EUR"), EUR, False),
        (Condition("amount", "at_least", 1, "USD"), EUR, False),
        (Condition("channel", "is", "wallet"), {"channel": "wallet"}, True),
        (Condition("channel", "is_not", "wallet"), {"channel": "wallet"}, False),
        (Condition("channel", "is_not", "wallet"), {"channel": "stripe"}, True),
        (Condition("channel", "is_not", "wallet"), {}, False),
        (Condition("is_first_order", "is", False), {"is_first_order": False}, True),
        (Condition("is_first_order", "is", False), {"is_first_order": True}, False),
    ],
)
def test_a_condition_holds_on_its_side(condition: Condition, facts: KeptFacts, *, holds: bool) -> None:
    assert blocks(facts, condition) is holds


@pytest.mark.parametrize(
    ("lists", "beats_allow", "is_blocked"),
    [
        (("block",), False, True),
        (("block", "allow"), False, False),
        (("block", "allow"), True, True),
        (("watch", "allow"), False, False),
        ((), True, False),
    ],
)
def test_allow_wins_unless_the_rule_says_otherwise(
    lists: tuple[str, ...], *, beats_allow: bool, is_blocked: bool
) -> None:
    facts: KeptFacts = {f"on_{name}_list": name in lists for name in ("allow", "watch", "block")}

    assert blocks(facts, Condition("on_block_list", "is", True), beats_allow=beats_allow) is is_blocked


def test_scores_block_together() -> None:
    scores = tuple(
        Rule(name=name, result="score", score=score, when=(Condition(fact, "is", True),))
        for name, score, fact in (("new", 40, "is_first_order"), ("watched", 60, "on_watch_list"))
    )
    one: KeptFacts = {"is_first_order": True, "on_watch_list": False}
    both: KeptFacts = {**one, "on_watch_list": True}

    found = [rules.decide(facts, RuleSet(rules=scores, block_at=at)) for facts in (one, both) for at in (100, None)]

    assert [(each.result, each.score) for each in found] == [
        ("allow", 40), ("allow", 40), ("block", 100), ("allow", 100),
    ]  # fmt: skip
    assert found[2].fired == ("new", "watched")


_conditions = st.sampled_from(sorted(FACTS)).flatmap(
    lambda name: st.builds(
        Condition,
        st.just(name),
        st.sampled_from(OPERATORS[FACTS[name].kind]),
        {"flag": st.booleans(), "word": st.sampled_from(["USD", "wallet"])}.get(FACTS[name].kind, st.integers(0, 9)),
        st.just("USD") if FACTS[name].kind == "amount" else st.none(),
    )
)
_rules = st.builds(
    Rule,
    name=st.text("abcdef", min_size=1, max_size=8),
    result=st.sampled_from(["block", "score"]),
    score=st.integers(0, 50),
    when=st.lists(_conditions, min_size=1, max_size=3).map(tuple),
    beats_allow=st.booleans(),
)
_facts = st.fixed_dictionaries(
    {},
    optional={
        name: {"flag": st.booleans(), "word": st.sampled_from(["USD", "wallet"])}.get(fact.kind, st.integers(0, 9))
        for name, fact in FACTS.items()
    },
)


@given(
    kept=st.lists(_rules, max_size=6, unique_by=lambda rule: rule.name),
    facts=_facts,
    block_at=st.none() | st.integers(1, 100),
)
def test_a_decision_is_a_function_of_facts_and_rules(kept: list[Rule], facts: KeptFacts, block_at: int | None) -> None:
    rules.check(kept, block_at)
    once = rules.decide(facts, RuleSet(rules=tuple(kept), block_at=block_at))
    again = rules.decide(dict(facts), rules.read(rules.write(kept), block_at))
    without = [rule for rule in kept if rule.name not in once.fired]
    rest = rules.decide(facts, RuleSet(rules=tuple(without), block_at=block_at))

    assert again == once
    assert (rest.fired, rest.result) == ((), Result.ALLOW)  # what did not fire has no say


@pytest.mark.parametrize(
    ("rule", "param"),
    [
        (Rule(name="", result="block", when=(Condition("hour", "at_least", 1),)), "rules.0.name"),
        (Rule(name="r", result="allow", when=(Condition("hour", "at_least", 1),)), "rules.0.result"),
        (Rule(name="r", result="score", score=1_001, when=(Condition("hour", "at_least", 1),)), "rules.0.result"),
        (Rule(name="r", result="block", when=()), "rules.0.when"),
        (Rule(name="r", result="block", when=(Condition("moon", "is", True),)), "rules.0.when.0.fact"),
        (Rule(name="r", result="block", when=(Condition("hour", "is", 1),)), "rules.0.when.0.op"),
        (Rule(name="r", result="block", when=(Condition("hour", "at_least", True),)), "rules.0.when.0.value"),
        (Rule(name="r", result="block", when=(Condition("is_first_order", "is", 1),)), "rules.0.when.0.value"),
        (Rule(name="r", result="block", when=(Condition("amount", "at_least", 1),)), "rules.0.when.0.currency"),
        (Rule(name="r", result="block", when=(Condition("hour", "at_least", 1, "USD"),)), "rules.0.when.0.currency"),
    ],
)
def test_what_cannot_be_a_rule_is_refused(rule: Rule, param: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check((rule,), None)

    assert (refused.value.code, refused.value.details["param"]) == ("invalid_risk_rule", param)


def test_starters_are_rules_that_can_be() -> None:
    rules.check([rule for _, each in STARTERS.values() for rule in each], 100)

"""Rules over facts: read, checked and tried. Pure: the same facts and rules always give the same verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.errors import Invalid
from app.domain.risk.facts import FACTS_OF
from app.domain.risk.types import (
    MAX_CONDITIONS,
    MAX_NAME,
    MAX_NUMBER,
    MAX_RULES,
    MAX_SCORE,
    MAX_WORD,
    OPERATORS,
    RESULTS_OF,
    Condition,
    DecisionSubject,
    FactValues,
    KeptCondition,
    KeptRule,
    Result,
    Rule,
    RuleSet,
    Verdict,
    read_rules,
)

_HARDEST_FIRST = (Result.BLOCK, Result.REVIEW, Result.APPROVAL, Result.WALLET_ONLY)


def decide(facts: FactValues, rule_set: RuleSet, subject: DecisionSubject = DecisionSubject.PAYMENT) -> Verdict:
    """What those of the rules that are about it make of the facts. A fact that is unknown fulfils no condition."""
    is_allowed = facts.get("on_allow_list") is True
    fired = [
        rule
        for rule in rule_set.rules
        if rule.subject == subject
        and (rule.beats_allow or not is_allowed)
        and all(_holds(each, facts) for each in rule.when)
    ]
    score = sum(rule.score for rule in fired)
    is_over = rule_set.block_at is not None and score >= rule_set.block_at
    done = {rule.result for rule in fired} | ({"block"} if is_over else set())
    result = next((each for each in _HARDEST_FIRST if each in done), Result.ALLOW)
    return Verdict(result, score, tuple(rule.name for rule in fired))


def _holds(condition: Condition, facts: FactValues) -> bool:
    known = facts.get(condition.fact)
    if known is None or (condition.currency is not None and condition.currency != facts.get("currency")):
        return False
    if condition.op in ("at_least", "at_most"):
        number, limit = int(known), int(condition.value)
        return number >= limit if condition.op == "at_least" else number <= limit
    return (known == condition.value) is (condition.op == "is")


def check(rules: Sequence[Rule], block_at: int | None) -> None:
    """Whether a rule set may consist of these.

    Raises:
        Invalid: a rule or condition that cannot be; `details.param` says which.
    """
    if len(rules) > MAX_RULES:
        raise _wrong("rules", f"Use at most {MAX_RULES} rules.")
    if block_at is not None and not 1 <= block_at <= MAX_RULES * MAX_SCORE:
        raise _wrong("block_at", f"Enter 1 to {MAX_RULES * MAX_SCORE:,}.")
    names = [rule.name for rule in rules]
    for number, rule in enumerate(rules):
        at = f"rules.{number}"
        if not 0 < len(rule.name.strip()) <= MAX_NAME or not rule.name.isprintable() or names.count(rule.name) > 1:
            raise _wrong(f"{at}.name", f"Give each rule a name of its own of at most {MAX_NAME} characters.")
        if rule.subject not in RESULTS_OF:
            raise _wrong(f"{at}.subject", "A rule is about payments or refunds.")
        if rule.result not in RESULTS_OF[rule.subject] or not 0 <= rule.score <= MAX_SCORE:
            holds = "an approval, the wallet" if rule.subject == DecisionSubject.REFUND else "a review"
            text = f"A rule about a {rule.subject} blocks, asks for {holds}, or adds a score of 0 to {MAX_SCORE:,}."
            raise _wrong(f"{at}.result", text)
        if not 1 <= len(rule.when) <= MAX_CONDITIONS:
            raise _wrong(f"{at}.when", f"Use 1 to {MAX_CONDITIONS} conditions.")
        for place, condition in enumerate(rule.when):
            _check_condition(condition, rule.subject, f"{at}.when.{place}")


def _check_condition(condition: Condition, subject: str, at: str) -> None:
    fact = FACTS_OF[subject].get(condition.fact)
    if fact is None:
        raise _wrong(f"{at}.fact", f"There is no such fact about a {subject}.")
    if condition.op not in OPERATORS[fact.kind]:
        raise _wrong(f"{at}.op", f"Use {' or '.join(OPERATORS[fact.kind])} with {condition.fact}.")
    if (fact.kind == "amount") != (condition.currency is not None):
        raise _wrong(f"{at}.currency", "An amount needs a currency, and nothing else has one.")
    value = condition.value
    is_right = {
        "flag": isinstance(value, bool),
        "word": isinstance(value, str) and 0 < len(value) <= MAX_WORD and value.isprintable(),
        "number": isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER,
        "amount": isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER,
    }[fact.kind]
    if not is_right:
        raise _wrong(f"{at}.value", f"{condition.fact} is compared with a {fact.kind}.")


def read(kept: Iterable[KeptRule], block_at: int | None) -> RuleSet:
    """The rule set that a row keeps."""
    return RuleSet(rules=read_rules(kept), block_at=block_at)


def write(rules: Iterable[Rule]) -> list[KeptRule]:
    """The same as a row keeps it."""
    return [_write_rule(rule) for rule in rules]


def _write_rule(rule: Rule) -> KeptRule:
    kept: KeptRule = {
        "name": rule.name,
        "result": rule.result,
        "score": rule.score,
        "beats_allow": rule.beats_allow,
        "when": [_write_condition(each) for each in rule.when],
    }
    if rule.subject != DecisionSubject.PAYMENT:
        kept["subject"] = rule.subject
    return kept


def _write_condition(condition: Condition) -> KeptCondition:
    kept: KeptCondition = {"fact": condition.fact, "op": condition.op, "value": condition.value}
    if condition.currency is not None:
        kept["currency"] = condition.currency
    return kept


def _wrong(param: str, message: str) -> Invalid:
    return Invalid("invalid_risk_rule", message, details={"param": param})

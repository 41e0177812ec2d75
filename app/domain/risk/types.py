"""Entries of lists, facts about a payment, and rules over them, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NotRequired, TypedDict

FactKind = Literal["number", "amount", "flag", "word"]
FactValue = int | bool | str | None
# Every fact of one payment by its name; None where nothing is known.
FactValues = Mapping[str, FactValue]
KeptFacts = dict[str, FactValue]
OPERATORS: Mapping[FactKind, tuple[str, ...]] = {
    "number": ("at_least", "at_most"),
    "amount": ("at_least", "at_most"),
    "flag": ("is",),
    "word": ("is", "is_not"),
}
# What a rule does, by what it is about.
RESULTS_OF: Mapping[str, tuple[str, ...]] = {
    "payment": ("block", "review", "score"),
    "refund": ("block", "approval", "wallet_only", "score"),
}
RESULTS = tuple(dict.fromkeys(name for names in RESULTS_OF.values() for name in names))
MAX_RULES, MAX_CONDITIONS, MAX_NAME, MAX_SCORE, MAX_WORD = 50, 8, 80, 1_000, 60
MAX_NUMBER = 99_999_999_999


class ListName(StrEnum):
    """The lists there are."""

    ALLOW = "allow"
    WATCH = "watch"
    BLOCK = "block"


class EntryKind(StrEnum):
    """What an entry names."""

    BUYER = "buyer"
    EMAIL = "email"
    EMAIL_DOMAIN = "email_domain"
    PHONE = "phone"
    ADDRESS = "address"
    DEVICE = "device"


class EntrySource(StrEnum):
    """How an entry came to be."""

    PORTAL = "portal"
    API = "api"
    FILE = "file"


class DecisionSubject(StrEnum):
    """What a rule, or a decision, is about."""

    PAYMENT = "payment"
    REFUND = "refund"


class Result(StrEnum):
    """What a decision says; a payment waits for a review, a refund for the approval of a second person, or goes to the
    buyer's wallet instead of back the way its money came."""

    ALLOW = "allow"
    REVIEW = "review"
    APPROVAL = "approval"
    WALLET_ONLY = "wallet_only"
    BLOCK = "block"


class KeptCondition(TypedDict, total=False):
    """A condition as a rule set keeps it."""

    fact: str
    op: str
    value: int | bool | str
    currency: str


class KeptRule(TypedDict):
    """A rule as a rule set keeps it."""

    name: str
    result: str
    score: int
    beats_allow: bool
    when: list[KeptCondition]
    subject: NotRequired[str]  # absent: payment


class KeptSet(TypedDict):
    """A rule set as a payment reads it."""

    id: str
    status: str
    block_at: int | None
    rules: list[KeptRule]


@dataclass(frozen=True)
class Condition:
    """One fact compared with one value. An amount is compared in its currency only."""

    fact: str
    op: str
    value: int | bool | str
    currency: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Fires when all of `when` hold: it blocks, holds (a payment for a review, a refund for an approval), sends a
    refund to the buyer's wallet, or adds its score. Nothing fires for whoever is on the allow list, but a rule that
    `beats_allow`."""

    name: str
    result: str
    when: tuple[Condition, ...]
    score: int = 0
    beats_allow: bool = False
    subject: str = DecisionSubject.PAYMENT


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """Rules that are tried together, each on what it is about. With `block_at`, scores that sum to it block."""

    rules: tuple[Rule, ...]
    block_at: int | None = None


@dataclass(frozen=True)
class Verdict:
    """What a rule set makes of facts: the result, the sum of scores, and the names of the rules that fired."""

    result: Result
    score: int = 0
    fired: tuple[str, ...] = field(default=())


def read_rules(kept: Iterable[KeptRule]) -> tuple[Rule, ...]:
    """The rules that a rule set keeps."""
    return tuple(
        Rule(
            name=each["name"],
            result=each["result"],
            score=each["score"],
            beats_allow=each["beats_allow"],
            when=tuple(Condition(one["fact"], one["op"], one["value"], one.get("currency")) for one in each["when"]),
            subject=each.get("subject", DecisionSubject.PAYMENT),
        )
        for each in kept
    )


def has_rules_for(kept: KeptSet, subject: DecisionSubject) -> bool:
    """Whether any rule of the set is about this: else the set decides nothing about it."""
    return any(rule.get("subject", DecisionSubject.PAYMENT) == subject for rule in kept["rules"])

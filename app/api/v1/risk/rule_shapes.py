"""Shapes of rules and rule sets."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import ConfigDict, Field

from app.api.kit.pagination import ListQuery
from app.api.kit.shapes import DIGITS_ONLY, PRINTABLE, Answer, Currency, Moment, OneOf, QueryShape, Shape
from app.domain.risk.facts import ALL_FACTS
from app.domain.risk.states import RuleSetStatus
from app.domain.risk.types import (
    MAX_CONDITIONS,
    MAX_NAME,
    MAX_NUMBER,
    MAX_RULES,
    MAX_SCORE,
    MAX_WORD,
    RESULTS,
    Condition,
    DecisionSubject,
    KeptRule,
    Rule,
)
from app.read.risk.rule_sets import MAX_DAYS

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME), PRINTABLE]
Word = Annotated[str, Field(min_length=1, max_length=MAX_WORD), PRINTABLE]
Number = Annotated[int, Field(ge=0, le=MAX_NUMBER)]
BlockAt = Annotated[
    int | None,
    Field(ge=1, le=MAX_RULES * MAX_SCORE, description="Scores that sum to it block. Null: only rules that block do."),
]


class RiskCondition(Shape):
    """One fact compared with one value."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"fact": "address_declined_1h", "op": "at_least", "value": 5}]}
    )

    fact: Annotated[str, OneOf(ALL_FACTS), Field(description="See the reference of facts.")]
    op: Annotated[
        str,
        OneOf(("at_least", "at_most", "is", "is_not")),
        Field(description="Numbers and amounts: `at_least`, `at_most`; flags: `is`; words: `is`, `is_not`."),
    ]
    value: bool | Number | Word
    currency: Annotated[Currency | None, Field(description="Of an amount, which is compared in it only.")] = None


class RiskRule(Shape):
    """A rule: it fires when all of its conditions hold."""

    name: Annotated[Name, Field(examples=["Declined at one address"])]
    subject: Annotated[str, OneOf(DecisionSubject), Field(description="What it is about.")] = DecisionSubject.PAYMENT
    result: Annotated[
        str,
        OneOf(RESULTS),
        Field(
            description="Payments: `block`, `review`, `score`; refunds: `block`, `approval`, `wallet_only`, `score`."
        ),
    ]
    score: Annotated[int, Field(ge=0, le=MAX_SCORE)] = 0
    beats_allow: Annotated[bool, Field(description="Fires also for whoever is on the allow list. Others do not.")] = (
        False
    )
    when: Annotated[list[RiskCondition], Field(min_length=1, max_length=MAX_CONDITIONS)]


Rules = Annotated[list[RiskRule], Field(max_length=MAX_RULES)]


class RiskRuleSetRequest(Shape):
    """A rule set to be written."""

    name: Annotated[Name, Field(examples=["Spring"])]
    rules: Rules
    block_at: BlockAt = None


class RiskRuleSetChange(Shape):
    """What a draft shall be from now on; members that are absent stay as they are."""

    name: Name | None = None
    rules: Rules | None = None
    block_at: BlockAt = None


class RiskRuleSetStatus(Shape):
    """Where a rule set shall stand."""

    status: Annotated[
        str,
        OneOf((RuleSetStatus.DRAFT, RuleSetStatus.SHADOW, RuleSetStatus.RETIRED)),
        Field(description="Request that it is turned on instead."),
    ]


class RiskRuleSet(Answer):
    """Rules that are tried together on every payment, and on every request for a refund."""

    id: str
    number: int
    name: str
    status: Annotated[
        str, OneOf(RuleSetStatus), Field(description="`on` decides; `shadow` is tried on the same facts and kept.")
    ]
    rules: list[RiskRule]
    block_at: int | None
    written_by: str
    approval_id: str | None
    created_at: Moment


class RiskApproval(Answer):
    """The approval that turns a rule set on."""

    approval_id: str


class RiskRuleSetQuery(ListQuery):
    """Which rule sets."""

    status: Annotated[str, OneOf(RuleSetStatus)] | None = None


class RiskBacktestQuery(QueryShape):
    """Of how many days."""

    days: Annotated[int, DIGITS_ONLY, Field(ge=1, le=MAX_DAYS)] = 7


class RiskBacktestAmount(Answer):
    """Money in one currency."""

    currency: Currency
    amount_minor: int


class RiskBacktestRule(Answer):
    """How often a rule fired."""

    name: str
    fired: int


class RiskBacktest(Answer):
    """What a rule set would have made of the payments of the last days, by the facts that were kept. Rules about
    refunds are not tried."""

    decisions: int
    blocked: Annotated[int, Field(description="Payments that would have been refused.")]
    blocked_before: Annotated[int, Field(description="Of these, how many were refused.")]
    good: Annotated[int, Field(description="Of these, how many orders are paid and not refunded: false alarms.")]
    amounts: Annotated[list[RiskBacktestAmount], Field(description="What would have been refused.")]
    rules: list[RiskBacktestRule]
    order_ids: Annotated[list[str], Field(description="The newest that would have been refused.")]
    is_cut: Annotated[bool, Field(description="There were more decisions than the newest 50,000, which were tried.")]


def rules_in(rules: Sequence[RiskRule]) -> tuple[Rule, ...]:
    """The rules that a body names."""
    return tuple(
        Rule(
            name=each.name,
            result=each.result,
            score=each.score,
            beats_allow=each.beats_allow,
            when=tuple(Condition(one.fact, one.op, one.value, one.currency) for one in each.when),
            subject=each.subject,
        )
        for each in rules
    )


def rules_out(kept: Sequence[KeptRule]) -> list[RiskRule]:
    """Rules as answers show them."""
    return [RiskRule.model_validate(each) for each in kept]

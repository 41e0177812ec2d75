"""The edges of rule sets and reviews."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.risk.models import RiskReview, RiskRuleSet


class RuleSetStatus(StrEnum):
    """Where a rule set stands."""

    DRAFT = "draft"
    SHADOW = "shadow"
    ON = "on"
    RETIRED = "retired"


# What is tried on payments.
TRIED = (RuleSetStatus.SHADOW, RuleSetStatus.ON)

RISK_RULE_SET = Machine(
    name="risk_rule_set",
    model=RiskRuleSet,
    initial=RuleSetStatus.DRAFT,
    edges={
        (RuleSetStatus.DRAFT, RuleSetStatus.SHADOW): None,
        (RuleSetStatus.SHADOW, RuleSetStatus.DRAFT): None,
        (RuleSetStatus.SHADOW, RuleSetStatus.ON): "risk.rules_on",
        (RuleSetStatus.DRAFT, RuleSetStatus.RETIRED): None,
        (RuleSetStatus.SHADOW, RuleSetStatus.RETIRED): None,
        (RuleSetStatus.ON, RuleSetStatus.RETIRED): "risk.rules_off",
    },
)


class ReviewStatus(StrEnum):
    """Where a review stands."""

    WAITING = "waiting"
    RELEASED = "released"
    REFUSED = "refused"


RISK_REVIEW = Machine(
    name="risk_review",
    model=RiskReview,
    initial=ReviewStatus.WAITING,
    edges={
        (ReviewStatus.WAITING, ReviewStatus.RELEASED): "risk.review_decided",
        (ReviewStatus.WAITING, ReviewStatus.REFUSED): "risk.review_decided",
    },
)

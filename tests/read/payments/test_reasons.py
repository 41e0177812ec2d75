"""Routing's reasons as sentences, also of decisions that were stored long ago."""

from __future__ import annotations

import pytest

from app.read.payments import reasons


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ({"code": "rule", "rule": "{0} {code} %s", "weight": 1, "of": 1}, "The rule “{0} {code} %s” selects it."),
        (
            {"code": "rule", "rule": "Half", "weight": 1, "of": 2},
            "The rule “Half” selects it, which gives it 1 of 2.",
        ),
        ({"code": "cost", "cost_minor": 123, "currency": "USD"}, "It costs $1.23."),
        # Facts and codes that another version stored, or did not.
        ({"code": "cost", "cost_minor": 123}, "Cost."),
        ({"code": "rule", "weight": 1}, "Rule."),
        ({"code": "rule", "rule": "Half", "of": 2}, "Rule."),
        ({"code": "phase_of_the_moon"}, "Phase of the moon."),
    ],
)
def test_a_reason_is_worded_with_the_facts_it_has(reason: reasons.Reason, text: str) -> None:
    assert reasons.describe(reason) == text

"""Forms of the section of rule sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import current_app
from wtforms import BooleanField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.core.i18n.marks import N_
from app.core.web.forms import QUIET, Form, OnceField
from app.domain.risk.facts import ALL_FACTS, FACTS, REFUND_FACTS
from app.domain.risk.types import MAX_NAME, MAX_SCORE, MAX_WORD, Condition, DecisionSubject, Rule

CONDITIONS = 3
OPERATORS = {
    "at_least": N_("at least"),
    "at_most": N_("at most"),
    "is": N_("is"),
    "is_not": N_("is not"),
}
_GROUPS = (
    (N_("Payments and refunds"), {name: fact for name, fact in FACTS.items() if name in REFUND_FACTS}),
    (N_("Payments"), {name: fact for name, fact in FACTS.items() if name not in REFUND_FACTS}),
    (N_("Refunds"), {name: fact for name, fact in REFUND_FACTS.items() if name not in FACTS}),
)
_FACT_CHOICES = [
    SelectChoice("", N_("No condition")),
    *(SelectChoice(name, fact.says, optgroup=title) for title, facts in _GROUPS for name, fact in facts.items()),
]
_OPERATOR_CHOICES = [SelectChoice(name, title) for name, title in OPERATORS.items()]


class FactField(SelectField):  # type: ignore[misc]
    """A fact, in groups that are named in the page's language."""

    def iter_groups(self) -> Iterator[tuple[str | None, Any]]:
        """The groups with their facts."""
        translate: Callable[[str], str] = current_app.extensions["translate"]
        for title, choices in super().iter_groups():
            yield translate(title) if title else title, choices


class NewSetForm(Form):
    """A rule set to begin with. `once` makes a double click one."""

    once = OnceField()
    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=MAX_NAME)])


class RuleForm(Form):
    """One rule: up to three conditions, all of which must hold."""

    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=MAX_NAME)])
    subject = SelectField(
        "About",
        choices=[
            SelectChoice(DecisionSubject.PAYMENT, N_("Payments")),
            SelectChoice(DecisionSubject.REFUND, N_("Requests for refunds")),
        ],
        default=DecisionSubject.PAYMENT,
        validators=[QUIET],
    )
    result = SelectField(
        "Then",
        choices=[
            SelectChoice("block", N_("Block")),
            SelectChoice("review", N_("Ask for a review (payments)")),
            SelectChoice("approval", N_("Ask for an approval (refunds)")),
            SelectChoice("wallet_only", N_("Refund to the buyer’s balance (refunds)")),
            SelectChoice("score", N_("Add the score")),
        ],
        validators=[QUIET],
    )
    score = IntegerField("Score", validators=[QUIET, Optional(), NumberRange(min=0, max=MAX_SCORE)])
    beats_allow = BooleanField("Applies to the allow list too")
    fact_1 = FactField("When", choices=_FACT_CHOICES, validators=[DataRequired("Choose a fact.")])
    op_1 = SelectField("Compared", choices=_OPERATOR_CHOICES, validators=[QUIET])
    value_1 = StringField(
        "Value",
        description="A number, yes or no, a word, or an amount such as 100.00 EUR in minor units: 10000 EUR.",
        validators=[DataRequired("Enter a value."), Length(max=MAX_WORD)],
    )
    fact_2 = FactField("And", choices=_FACT_CHOICES, validators=[QUIET, Optional()])
    op_2 = SelectField("Compared", choices=_OPERATOR_CHOICES, validators=[QUIET])
    value_2 = StringField("Value", validators=[QUIET, Optional(), Length(max=MAX_WORD)])
    fact_3 = FactField("And", choices=_FACT_CHOICES, validators=[QUIET, Optional()])
    op_3 = SelectField("Compared", choices=_OPERATOR_CHOICES, validators=[QUIET])
    value_3 = StringField("Value", validators=[QUIET, Optional(), Length(max=MAX_WORD)])

    def rule(self) -> Rule:
        """What was typed; a value that is none of its fact stays a text, and is refused as such."""
        typed = ((self.fact_1, self.op_1, self.value_1), (self.fact_2, self.op_2, self.value_2),
                 (self.fact_3, self.op_3, self.value_3))  # fmt: skip
        when = tuple(_condition(fact.data, op.data, value.data or "") for fact, op, value in typed if fact.data)
        return Rule(
            name=(self.name.data or "").strip(),
            result=self.result.data,
            score=self.score.data or 0,
            beats_allow=self.beats_allow.data,
            when=when,
            subject=self.subject.data,
        )


def _condition(fact: str, op: str, typed: str) -> Condition:
    text = typed.strip()
    kind = ALL_FACTS[fact].kind
    if kind == "flag":
        return Condition(fact, op, {"yes": True, "no": False}.get(text.lower(), text))
    if kind == "word":
        return Condition(fact, op, text)
    number, _, currency = text.replace(",", "").partition(" ")
    value: int | str = int(number) if number.isascii() and number.isdecimal() else text
    return Condition(fact, op, value, currency.strip().upper() or None)

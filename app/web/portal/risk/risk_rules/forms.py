"""Forms of the section of rule sets."""

from __future__ import annotations

from wtforms import BooleanField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.core.i18n.marks import N_
from app.core.web.forms import QUIET, Form, OnceField
from app.domain.risk.facts import FACTS
from app.domain.risk.types import MAX_NAME, MAX_SCORE, MAX_WORD, Condition, Rule

CONDITIONS = 3
OPERATORS = {
    "at_least": N_("at least"),
    "at_most": N_("at most"),
    "is": N_("is"),
    "is_not": N_("is not"),
}
_FACT_CHOICES = [SelectChoice("", N_("No condition")), *(SelectChoice(name, fact.says) for name, fact in FACTS.items())]
_OPERATOR_CHOICES = [SelectChoice(name, title) for name, title in OPERATORS.items()]


class NewSetForm(Form):
    """A rule set to begin with. `once` makes a double click one."""

    once = OnceField()
    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=MAX_NAME)])


class RuleForm(Form):
    """One rule: up to three conditions, all of which must hold."""

    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=MAX_NAME)])
    result = SelectField(
        "Then",
        choices=[
            SelectChoice("block", N_("Block")),
            SelectChoice("review", N_("Ask for a review")),
            SelectChoice("score", N_("Add the score")),
        ],
        validators=[QUIET],
    )
    score = IntegerField("Score", validators=[QUIET, Optional(), NumberRange(min=0, max=MAX_SCORE)])
    beats_allow = BooleanField("Applies to the allow list too")
    fact_1 = SelectField("When", choices=_FACT_CHOICES, validators=[DataRequired("Choose a fact.")])
    op_1 = SelectField("Compared", choices=_OPERATOR_CHOICES, validators=[QUIET])
    value_1 = StringField(
        "Value",
        description="A number, yes or no, a word, or an amount such as 100.00 EUR in minor units: 10000 EUR.",
        validators=[DataRequired("Enter a value."), Length(max=MAX_WORD)],
    )
    fact_2 = SelectField("And", choices=_FACT_CHOICES, validators=[QUIET, Optional()])
    op_2 = SelectField("Compared", choices=_OPERATOR_CHOICES, validators=[QUIET])
    value_2 = StringField("Value", validators=[QUIET, Optional(), Length(max=MAX_WORD)])
    fact_3 = SelectField("And", choices=_FACT_CHOICES, validators=[QUIET, Optional()])
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
        )


def _condition(fact: str, op: str, typed: str) -> Condition:
    text = typed.strip()
    kind = FACTS[fact].kind
    if kind == "flag":
        return Condition(fact, op, {"yes": True, "no": False}.get(text.lower(), text))
    if kind == "word":
        return Condition(fact, op, text)
    number, _, currency = text.replace(",", "").partition(" ")
    value: int | str = int(number) if number.isascii() and number.isdecimal() else text
    return Condition(fact, op, value, currency.strip().upper() or None)

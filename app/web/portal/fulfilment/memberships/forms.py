"""Forms that change a membership by hand."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import DateTimeLocalField, EmailField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.core.web.forms import Form, OnceField

MAX_DAYS = 36_500
DAYS = [InputRequired("Enter a number of days."), NumberRange(1, MAX_DAYS, "Enter 1 to 36,500 days.")]


class _ChangeForm(Form):
    """What every change needs."""

    once = OnceField()
    reason = StringField(
        "Reason",
        validators=[DataRequired("The reason is kept in the history."), Length(max=200)],
        render_kw={"autocomplete": "off"},
    )


class GrantForm(_ChangeForm):
    """Time for a buyer."""

    buyer = StringField(
        "Buyer",
        description="Your reference for the buyer.",
        validators=[DataRequired("Enter a buyer."), Length(max=120)],
    )
    sku = SelectField("Membership", validators=[DataRequired("Choose a membership.")])
    days = IntegerField("Days", validators=DAYS, render_kw={"inputmode": "numeric", "autocomplete": "off"})
    email = EmailField(
        "Email address", description="Only needed for a buyer without orders.", validators=[Length(max=320)]
    )

    def offering(self, skus: Sequence[tuple[str, str]]) -> GrantForm:
        """The form with these SKUs to choose from: (id, title)."""
        self.sku.choices = [SelectChoice(value, title) for value, title in skus]
        return self


class ExtendForm(_ChangeForm):
    """More time."""

    days = IntegerField("Days", validators=DAYS, render_kw={"inputmode": "numeric", "autocomplete": "off"})


class ShortenForm(_ChangeForm):
    """An earlier end."""

    ends_at = DateTimeLocalField("New end", validators=[InputRequired("Enter a time.")])


class RevokeForm(_ChangeForm):
    """The end, now."""


class MoveForm(_ChangeForm):
    """Another buyer."""

    buyer = StringField("New member", validators=[DataRequired("Enter a buyer."), Length(max=120)])

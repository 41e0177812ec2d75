"""Which buyer, and what shall be done."""

from __future__ import annotations

from collections.abc import Mapping

from wtforms import BooleanField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.core.i18n.marks import N_
from app.core.web.forms import Form
from app.domain.accounts.privacy import kinds
from app.domain.accounts.privacy.types import Kind

_BY = (("reference", N_("Reference")), ("email", N_("Email address")), ("phone", N_("Phone number")))


class BuyerForm(Form):
    """One buyer, by one of three."""

    by = SelectField("Identified by", choices=[SelectChoice(*each) for each in _BY], default="reference")
    value = StringField("Buyer", validators=[DataRequired("Enter a buyer."), Length(max=200)])

    def named(self) -> dict[str, str]:
        """The buyer as `find_buyer` takes it."""
        return {self.by.data: (self.value.data or "").strip()}

    def buyer(self) -> dict[str, str]:
        """The same in two words."""
        return {"by": self.by.data, "value": (self.value.data or "").strip()}


class ExportForm(BuyerForm):
    """A file with everything that is kept of a buyer."""

    format = SelectField("File", choices=[SelectChoice("json", "JSON"), SelectChoice("text", "Text")], default="json")


class EraseForm(BuyerForm):
    """A buyer who is to be erased."""

    # Ids of their own, beside those of the other form.
    by = SelectField("Identified by", id="erase_by", choices=[SelectChoice(*each) for each in _BY], default="reference")
    value = StringField("Buyer", id="erase_value", validators=[DataRequired("Enter a buyer."), Length(max=200)])
    reason = StringField("Reason", validators=[DataRequired("Enter a reason."), Length(max=200)])
    sure = BooleanField("Erase this buyer permanently", validators=[DataRequired("Select this to continue.")])


class RetentionForm(Form):
    """For how many days each kind is kept, of which a business may choose."""

    @classmethod
    def of(cls, days: Mapping[str, int]) -> RetentionForm:
        """The form as it is now."""
        return cls(formdata=None, data=dict(days))

    def days(self) -> dict[str, int]:
        """What was typed, by kind."""
        return {kind.key: self[kind.key].data for kind in kinds.CHOSEN}


def _days(kind: Kind) -> IntegerField:
    assert kind.keep is not None
    least, most = kind.keep.least, kind.keep.most
    hint = f"{least} to {most}. {kind.keep.bounds}"
    within = [InputRequired("Enter a number of days."), NumberRange(least, most, f"{least} to {most} days.")]
    limits = {"inputmode": "numeric", "min": least, "max": most}
    return IntegerField(f"{kind.title}, days", description=hint, validators=within, render_kw=limits)


for _kind in kinds.CHOSEN:
    setattr(RetentionForm, _kind.key, _days(_kind))

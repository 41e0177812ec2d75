"""Which buyer, and what shall be done."""

from __future__ import annotations

from wtforms import BooleanField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length

from app.core.i18n.marks import N_
from app.core.web.forms import Form

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

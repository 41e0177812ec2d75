"""Which buyer, and what shall be done."""

from __future__ import annotations

from wtforms import BooleanField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length

from app.core.forms import Form

_BY = (("reference", "Reference"), ("email", "E-mail address"), ("phone", "Phone number"))


class BuyerForm(Form):
    """One buyer, by one of three."""

    by = SelectField("Known by", choices=[SelectChoice(*each) for each in _BY], default="reference")
    value = StringField("Buyer", validators=[DataRequired("Name the buyer."), Length(max=200)])

    def named(self) -> dict[str, str]:
        """The buyer as `find_buyer` takes it."""
        return {self.by.data: (self.value.data or "").strip()}


class ExportForm(BuyerForm):
    """A file with everything that is kept of a buyer."""

    format = SelectField("File", choices=[SelectChoice("json", "JSON"), SelectChoice("text", "Text")], default="json")


class EraseForm(BuyerForm):
    """A buyer who is to be erased."""

    # Ids of their own, beside those of the other form.
    by = SelectField("Known by", id="erase_by", choices=[SelectChoice(*each) for each in _BY], default="reference")
    value = StringField("Buyer", id="erase_value", validators=[DataRequired("Name the buyer."), Length(max=200)])
    reason = StringField("Reason", validators=[DataRequired("Say why."), Length(max=200)])
    sure = BooleanField("Erase this buyer for good", validators=[DataRequired("Tick this to go on.")])

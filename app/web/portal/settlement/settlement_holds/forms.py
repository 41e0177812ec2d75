"""Forms of the settlement holds section."""

from __future__ import annotations

import uuid

from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length

from app.core import ids
from app.core.errors import Invalid
from app.core.web.forms import QUIET, Form, OnceField
from app.read.settlement.partners import partner_choices
from app.workflow.settlement.hold_money import MAX_REASON_LENGTH, HoldCommand

_ID = {"spellcheck": "false", "autocomplete": "off"}


class HoldForm(Form):
    """What is to be held, and why. `once` makes a double click one hold."""

    once = OnceField()
    partner = SelectField("Partner", description="Without an order, all of the partner’s money.", validators=[QUIET])
    order = StringField(
        "Order ID", description="Without a partner, everybody’s part.", validators=[QUIET], render_kw=_ID
    )
    line = StringField("Line ID", description="Only this line of the order.", validators=[QUIET], render_kw=_ID)
    reason = StringField("Reason", validators=[DataRequired("Enter the reason."), Length(max=MAX_REASON_LENGTH)])

    def offer(self, business_id: uuid.UUID) -> HoldForm:
        """Name what may be chosen; call before validating."""
        choices = [SelectChoice(value, name) for value, name in partner_choices(business_id)]
        self.partner.choices = [SelectChoice("", "Every partner"), *choices]
        return self

    def command(self) -> HoldCommand:
        """What was typed.

        Raises:
            Invalid: something that is no id.
        """
        return HoldCommand(
            partner_id=ids.try_parse(self.partner.data or "", "par"),
            order_id=_id(self.order, "ord", "order_id"),
            line_id=_id(self.line, "oln", "line_id"),
            reason=self.reason.data,
        )

    def once_id(self, business_id: uuid.UUID) -> uuid.UUID:
        """The id of the hold that this form makes."""
        return ids.derive(business_id, self.once.data)


class ReleaseForm(Form):
    """Why a hold is released."""

    reason = StringField("Reason", validators=[DataRequired("Enter the reason."), Length(max=MAX_REASON_LENGTH)])


def _id(field: StringField, prefix: str, param: str) -> uuid.UUID | None:
    typed = (field.data or "").strip()
    found = ids.try_parse(typed, prefix)
    if typed and found is None:
        raise Invalid("invalid_hold", f"Enter an ID that begins with {prefix}_.", details={"param": param})
    return found

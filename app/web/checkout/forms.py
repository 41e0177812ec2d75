"""What the buyer's form sends. A price in it is only what the buyer saw: never what is charged."""

from __future__ import annotations

import uuid
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from app.core import ids
from app.core.errors import AppError
from app.core.forms import Form


class CheckoutForm(Form):
    """The choice, and with it what the buyer saw and accepted."""

    sku_id = StringField(validators=[Length(max=40)])
    quantity = IntegerField(validators=[InputRequired("How many?"), NumberRange(min=1, max=1_000_000)])
    channel_id = StringField(validators=[Length(max=60)])
    attempt_id = HiddenField(validators=[Length(max=40)])
    seen_minor = HiddenField(validators=[Length(max=20)])

    def changes(self, snapshot: dict[str, Any]) -> dict[str, Any]:
        """What differs from the session, as `change_checkout` takes it.

        Raises:
            NotFound: the SKU's id is none.
        """
        changed: dict[str, Any] = {}
        if snapshot["order_id"] is None:
            if self.sku_id.data and self.sku_id.data != snapshot["sku_id"]:
                changed["sku_id"] = ids.parse("sku", self.sku_id.data)
            if self.quantity.data != snapshot["quantity"]:
                changed["quantity"] = self.quantity.data
        if self.channel_id.data and self.channel_id.data != snapshot["channel_id"]:
            changed["channel"] = self.channel_id.data
        return changed

    def saw(self, snapshot: dict[str, Any]) -> bool:
        """Whether the buyer saw the price that would now be charged."""
        return bool(self.seen_minor.data == f"{snapshot['total_minor']}{snapshot['currency']}")

    def attempt(self) -> uuid.UUID | None:
        """The attempt this form stands for: sent twice, it pays once."""
        return ids.try_parse(self.attempt_id.data or "", "att")


def accepted(form: MultiDict[str, str], snapshot: dict[str, Any]) -> list[tuple[uuid.UUID, str]]:
    """The ticked agreements as (id, hash of the text that was shown)."""
    return [
        (ids.parse("agr", each["id"]), form.get(f"agreement_{each['id']}", ""))
        for each in snapshot["agreements"]
        if form.get(f"agreement_{each['id']}")
    ]


def said(error: AppError) -> str:
    """A refusal in the buyer's words."""
    return _WORDS.get(error.code, error.message)


_WORDS = {
    "agreement_required": "Please accept the terms to continue.",
    "out_of_stock": "There is not enough of this left.",
    "channel_unavailable": "Please choose another payment method.",
    "payment_in_progress": "Your payment is already under way.",
}

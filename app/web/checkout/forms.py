"""What the buyer's form sends. A price in it is only what the buyer saw: never what is charged."""

from __future__ import annotations

import re
import uuid
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, StringField
from wtforms.validators import Length

from app.core import ids
from app.core.errors import AppError
from app.core.i18n.language import Translatable
from app.core.web.forms import Form
from app.domain.catalog.errors import QuantityNotAllowed
from app.domain.marketing.errors import CouponRefused
from app.read.checkout.snapshot_types import ShownLine, Snapshot
from app.texts import for_buyers
from app.workflow.buyers.set_contact import ContactCommand
from app.workflow.checkout.open_checkout import LineChange


class CheckoutForm(Form):
    """The choice, and with it what the buyer saw and accepted. Each line of the cart has fields of its own: `sku_` and
    `quantity_` with its key, and `shown_` with what they were when the page was drawn."""

    payment_method_id = StringField(validators=[Length(max=60)])
    attempt_id = HiddenField(validators=[Length(max=40)])
    seen_minor = HiddenField(validators=[Length(max=20)])
    seen_version = HiddenField(validators=[Length(max=20)])
    coupon_code = StringField(validators=[Length(max=60)])
    remove_coupon = StringField(validators=[Length(max=60)])

    def changes(self, form: MultiDict[str, str], snapshot: Snapshot) -> dict[str, Any]:
        """What the buyer changed on this page, as `change_checkout` takes it. What was changed elsewhere meanwhile
        stays.

        Raises:
            NotFound: the SKU's id is none. QuantityNotAllowed: a quantity is none.
        """
        changed: dict[str, Any] = {}
        if snapshot["order_id"] is None:
            found = [_line(form, line) for line in snapshot["lines"]]
            lines = [line for line in found if line is not None]
            if lines:
                changed["lines"] = lines
        if self.payment_method_id.data and self.payment_method_id.data != snapshot["payment_method_id"]:
            changed["channel"] = self.payment_method_id.data
        return changed

    @property
    def typed_coupon(self) -> str:
        """The code that was typed, if any."""
        return (self.coupon_code.data or "").strip()

    def saw_items(self, snapshot: Snapshot) -> bool:
        """Whether the buyer saw what can now be ordered."""
        return snapshot["order_id"] is not None or self.seen_version.data == str(snapshot["version"])

    def saw_price(self, snapshot: Snapshot) -> bool:
        """Whether the buyer saw the price that would now be charged."""
        return bool(self.seen_minor.data == f"{snapshot['total_minor']}{snapshot['currency']}")

    def attempt(self) -> uuid.UUID | None:
        """What this form is known by: sent twice, it pays once. The page may have been drawn long ago."""
        return ids.try_parse(self.attempt_id.data or "", "att")


def shown(line: ShownLine) -> str:
    """A line as the page shows it, for `shown_`."""
    return f"{line['sku_id']} {line['quantity']}"


def _line(form: MultiDict[str, str], line: ShownLine) -> LineChange | None:
    """What the buyer changed about a line, if anything."""
    key = line["key"]
    shown_sku, _, shown_quantity = form.get(f"shown_{key}", "").partition(" ")
    sku_id = form.get(f"sku_{key}", shown_sku)
    quantity = "0" if form.get("remove") == key else form.get(f"quantity_{key}", shown_quantity)
    if not shown_sku or (sku_id, quantity) == (shown_sku, shown_quantity):
        return None
    if not _QUANTITY.fullmatch(quantity):
        raise QuantityNotAllowed("quantity_not_allowed", "Enter a quantity.")
    return LineChange(key=key, sku_id=ids.parse("sku", sku_id), quantity=int(quantity))


_QUANTITY = re.compile(r"[0-9]{1,7}")


def contact_command(form: MultiDict[str, str], snapshot: Snapshot) -> ContactCommand:
    """What the buyer said of themselves on this page, as far as it differs from what is known, and which button was
    pressed beside it."""
    contact = snapshot["contact"]
    fields = contact["fields"] if contact else []
    typed = {each["key"]: form.get(f"contact_{each['key']}", each["value"]).strip()[:400] for each in fields}
    return ContactCommand(
        values={each["key"]: typed[each["key"]] for each in fields if typed[each["key"]] != each["value"]},
        send_code=form.get("do") == "send_code",
        code=form.get("code", "")[:12] if form.get("do") == "prove" else "",
    )


def accepted(form: MultiDict[str, str], snapshot: Snapshot) -> list[tuple[uuid.UUID, str]]:
    """The ticked agreements as (id, hash of the text that was shown)."""
    return [
        (ids.parse("agr", each["id"]), form.get(f"agreement_{each['id']}", ""))
        for each in snapshot["agreements"]
        if form.get(f"agreement_{each['id']}")
    ]


def error_message(error: AppError) -> str:
    """A refusal in the buyer's words, in English."""
    if isinstance(error, CouponRefused) and isinstance(error.message, Translatable):
        why = error.message.values["why"]
        return why if isinstance(why, str) else error.message
    return for_buyers(error.code, error.message)

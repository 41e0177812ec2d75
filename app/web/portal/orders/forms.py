"""Forms of the orders section."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request
from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.core.i18n.marks import N_
from app.core.web.forms import Form, MoneyField, OnceField
from app.domain.payments.types import RefundLineCommand
from app.read.orders.order_rows import LineRow
from app.workflow.orders.write_note import MAX_LENGTH

REASONS = (
    ("requested_by_buyer", N_("Requested by the buyer")),
    ("duplicate", N_("Duplicate purchase")),
    ("not_delivered", N_("Not delivered")),
    ("goodwill", N_("Goodwill")),
    ("fraud", N_("Fraud")),
)


@dataclass(frozen=True)
class QuantityField:
    """How many units of one line shall go back, as typed."""

    line_id: UUID
    title: str
    most: int
    typed: str

    @property
    def field(self) -> str:
        """The input's name."""
        return f"quantity-{self.line_id}"

    @property
    def quantity(self) -> int | None:
        """Units; None for what is no number of them."""
        if not self.typed:
            return 0
        found = int(self.typed) if self.typed.isascii() and self.typed.isdigit() and len(self.typed) < 8 else -1
        return found if 0 <= found <= self.most else None


class RefundForm(Form):
    """All that is left, or a part of it. `once` makes a double click one refund."""

    once = OnceField()
    extent = RadioField(
        "Amount",
        choices=[
            SelectChoice("rest", "Full remaining amount"),
            SelectChoice("part", "A part"),
            SelectChoice("quantity", "Quantity"),
        ],
        default="rest",
    )
    amount = MoneyField("Amount", description="Only for a partial refund.", render_kw={"inputmode": "decimal"})
    reason = RadioField("Reason", choices=[SelectChoice(*reason) for reason in REASONS], default="requested_by_buyer")
    quantities: tuple[QuantityField, ...] = ()

    def with_reasons(self, reasons: Sequence[str]) -> RefundForm:
        """Offer the reasons that the business has set, if any; call before validating."""
        if reasons:
            self.reason.choices = [SelectChoice(reason, reason) for reason in reasons]
            self.reason.data = self.reason.data if self.reason.data in reasons else reasons[0]
        return self

    def of_lines(self, lines: Sequence[LineRow], *, typed: bool = False, part_id: UUID | None = None) -> RefundForm:
        """Name the order's lines; call before validating, with `typed` when the form was sent. With `part_id` what is
        left of that part of the order is filled in."""
        values: Any = request.values if typed else {}
        if part_id is not None:
            values = {
                f"quantity-{row.id}": row.quantity - row.refunded_quantity
                for row in lines
                if row.sub_order_id == part_id and row.amount_minor > row.refunded_minor
            }
            self.extent.data = "quantity" if values else self.extent.data
        self.quantities = tuple(
            QuantityField(
                row.id,
                row.title,
                row.quantity - row.refunded_quantity if row.amount_minor > row.refunded_minor else 0,
                str(values.get(f"quantity-{row.id}", "")).strip(),
            )
            for row in lines
        )
        return self

    @property
    def has_quantities(self) -> bool:
        """Whether there is more than one unit to choose from."""
        return sum(each.most for each in self.quantities) > 1

    def validate(self, extra_validators: object = None) -> bool:
        """A part needs its amount or quantities; one of these beside another choice is a slip that would cost money."""
        fine = super().validate(extra_validators)
        entered = {
            "part": self.amount.minor is not None,
            "quantity": any(each.quantity != 0 for each in self.quantities),
        }
        slip = next((part for part, given in entered.items() if given and self.extent.data != part), None)
        if slip is not None:
            what, choice = ("an amount", "A part") if slip == "part" else ("a quantity", "Quantity")
            self.extent.errors = [f"You entered {what}. Choose “{choice}” or clear it."]
            return False
        if self.extent.data == "part" and self.amount.minor is None and not self.amount.errors:
            self.amount.errors = ["Enter the amount to refund."]
            return False
        if self.extent.data == "quantity" and (
            not entered["quantity"] or any(each.quantity is None for each in self.quantities)
        ):
            self.extent.errors = ["Enter the quantity to refund for each line, up to what is left."]
            return False
        return bool(fine)

    @property
    def wanted_lines(self) -> list[RefundLineCommand]:
        """The lines chosen, or none."""
        if self.extent.data != "quantity":
            return []
        return [
            RefundLineCommand(line_id=each.line_id, quantity=each.quantity) for each in self.quantities if each.quantity
        ]

    @property
    def wanted_minor(self) -> int | None:
        """Minor units, or None for all that is left."""
        return self.amount.minor if self.extent.data == "part" else None


class NoteForm(Form):
    """A note for colleagues."""

    body = TextAreaField(
        "Note", validators=[DataRequired("Enter a note."), Length(max=MAX_LENGTH)], render_kw={"rows": 2}
    )


class ReasonForm(Form):
    """Why something is done by hand."""

    reason = StringField("Reason", validators=[Length(max=200)])

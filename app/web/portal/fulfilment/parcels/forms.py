"""Forms of the parcels section."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import request
from wtforms import SelectField, StringField
from wtforms.validators import Length

from app.core import ids
from app.core.web.forms import Form, OnceField
from app.domain.fulfilment.parcels.types import MAX_CARRIER, MAX_TRACKING, Label
from app.read.fulfilment.parcels import PackableLine
from app.web.portal.orders.forms import QuantityField


class LabelForm(Form):
    """What stands on a parcel."""

    carrier = StringField("Carrier", validators=[Length(max=MAX_CARRIER)], render_kw={"autocomplete": "off"})
    tracking_number = StringField(
        "Tracking number",
        validators=[Length(max=MAX_TRACKING)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )

    def label(self) -> Label:
        """What was typed."""
        return Label(carrier=self.carrier.data or "", tracking_number=self.tracking_number.data or "")


class PackForm(LabelForm):
    """What goes into a parcel. `once` makes a double click one parcel."""

    once = OnceField()
    warehouse = SelectField("Warehouse", default="")
    quantities: tuple[QuantityField, ...] = ()

    def of(
        self, lines: Sequence[PackableLine], warehouses: Sequence[tuple[str, str]], *, typed: bool = False
    ) -> PackForm:
        """Name what is left to pack, all of it filled in unless the form was sent; call before validating."""
        self.warehouse.choices = [("", "None"), *warehouses]
        values: Any = request.form if typed else {f"quantity-{each.line_id}": each.left for each in lines}
        self.quantities = tuple(
            QuantityField(each.line_id, each.title, each.left, str(values.get(f"quantity-{each.line_id}", "")).strip())
            for each in lines
        )
        return self

    def validate(self, extra_validators: object = None) -> bool:
        """At least one unit, and no more than are left."""
        fine = super().validate(extra_validators)
        if any(each.quantity is None for each in self.quantities) or not any(each.quantity for each in self.quantities):
            self.form_errors.append("Enter the quantity to pack for each line, up to what is left.")
            return False
        return bool(fine)

    @property
    def units(self) -> dict[uuid.UUID, int]:
        """By line, how many units go into the parcel."""
        return {each.line_id: each.quantity for each in self.quantities if each.quantity}

    @property
    def warehouse_id(self) -> uuid.UUID | None:
        """Where it leaves from."""
        return ids.parse("whs", self.warehouse.data) if self.warehouse.data else None

    def once_id(self, order_id: uuid.UUID) -> uuid.UUID:
        """The id of the parcel that this form makes."""
        return ids.derive(order_id, f"parcel {self.once.data}")

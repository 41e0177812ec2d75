"""The form of the warehouses section."""

from __future__ import annotations

import uuid

from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from app.core import ids
from app.core.i18n.countries import known_countries
from app.core.web.forms import Form, OnceField
from app.domain.orders.shipping import MEMBERS
from app.workflow.fulfilment.manage_warehouses import MAX_NAME, WarehouseCommand


class WarehouseForm(Form):
    """What a warehouse is called, and where it is."""

    once = OnceField()
    warehouse_name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=MAX_NAME)])
    line1 = StringField("Street and number", validators=[DataRequired("Enter the street."), Length(max=200)])
    postal_code = StringField("Postal code", validators=[Length(max=20)])
    city = StringField("City", validators=[DataRequired("Enter the city."), Length(max=120)])
    region = StringField("State or region", validators=[Length(max=120)])
    country = SelectField(
        "Country",
        choices=lambda: [("", "Please choose"), *known_countries().items()],
        validators=[DataRequired("Choose a country.")],
    )

    def command(self) -> WarehouseCommand:
        """What was typed."""
        name = self.warehouse_name.data.strip()
        typed = {member: (self[member].data or "").strip() for member in MEMBERS if member in self}
        return WarehouseCommand(name=name, address={**typed, "name": name})

    def once_id(self, business_id: uuid.UUID) -> uuid.UUID:
        """The id of the warehouse that this form makes."""
        return ids.derive(business_id, self.once.data)

"""The form of the holidays section."""

from __future__ import annotations

import uuid

from wtforms import DateField, StringField
from wtforms.validators import DataRequired, Length

from app.core import ids
from app.core.web.forms import QUIET, Form, OnceField
from app.workflow.settlement.manage_holidays import MAX_NAME_LENGTH


class HolidayForm(Form):
    """A day on which nobody works."""

    once = OnceField()
    day = DateField("Day", validators=[DataRequired("Choose a day.")])
    holiday_name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=MAX_NAME_LENGTH)])
    calendar = StringField(
        "Country",
        description="Its code, such as DE. Empty: for all partners.",
        validators=[QUIET, Length(max=2)],
        render_kw={"spellcheck": "false", "autocomplete": "off"},
    )

    def once_id(self, business_id: uuid.UUID) -> uuid.UUID:
        """The id of the holiday that this form makes."""
        return ids.derive(business_id, self.once.data)

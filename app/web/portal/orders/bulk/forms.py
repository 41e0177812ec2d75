"""The second look at what is done to many orders."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import Length

from app.core.web.forms import Form, OnceField
from app.workflow.orders.write_note import MAX_LENGTH


class BulkForm(Form):
    """`once` makes a double click one run."""

    once = OnceField()
    note = TextAreaField("Note", validators=[Length(max=MAX_LENGTH)], render_kw={"rows": 3})

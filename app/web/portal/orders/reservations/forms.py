"""Forms of the reservations section."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.core.web.forms import Form


class ReleaseForm(Form):
    """Why a reservation is given up."""

    reason = StringField("Reason for releasing", validators=[DataRequired("Enter a reason."), Length(max=200)])

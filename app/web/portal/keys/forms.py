"""The form for a new API key."""

from __future__ import annotations

from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import DataRequired, Length

from app.core.forms import Form


class KeyForm(Form):
    """What the key is for."""

    name = StringField(
        "Name", description="Where it will be used.", validators=[DataRequired("Give it a name."), Length(max=80)]
    )
    kind = RadioField(
        "Kind",
        choices=[
            SelectChoice("secret", "Secret, for your servers"),
            SelectChoice("publishable", "Publishable, for web pages"),
        ],
        default="secret",
    )

"""The form for another origin."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.core.web.forms import Form


class OriginForm(Form):
    """Where a page is."""

    origin = StringField(
        "Origin",
        description="Scheme, host and port of your pages, such as https://shop.example.",
        validators=[DataRequired("Enter an origin."), Length(max=300)],
        render_kw={"inputmode": "url", "autocomplete": "off", "spellcheck": "false", "placeholder": "https://"},
    )

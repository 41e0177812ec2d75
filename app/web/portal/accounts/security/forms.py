"""Forms of the security section."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.core.web.forms import Form


class FirstCodeForm(Form):
    """The code that shows that an authenticator app has the secret."""

    code = StringField(
        "Code",
        description="The six-digit code from your app.",
        validators=[DataRequired("Enter the code."), Length(max=20)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class PasskeyForm(Form):
    """What a passkey is called."""

    name = StringField(
        "Name",
        description="For example, the device it is stored on.",
        validators=[DataRequired("Enter a name."), Length(max=80)],
        render_kw={"autocomplete": "off"},
    )

"""The sign-in form."""

from __future__ import annotations

from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.security.passwords import MAX_LENGTH
from app.core.web.forms import Form


class LogInForm(Form):
    """Email address and password."""

    email = EmailField("Email address", validators=[DataRequired("Enter your email address."), Length(max=320)])
    password = PasswordField("Password", validators=[InputRequired("Enter your password."), Length(max=MAX_LENGTH)])


class CodeForm(Form):
    """A code of an authenticator app, or a recovery code."""

    code = StringField("Code", validators=[DataRequired("Enter the code."), Length(max=40)])

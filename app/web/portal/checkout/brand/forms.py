"""Forms of what buyers know a business by."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import Length

from app.core.web.forms import Form


class ContactForm(Form):
    """Where buyers write to and where the shop is."""

    contact_email = StringField(
        "Contact e-mail", description="Answers to receipts and other mails go there.", validators=[Length(max=320)]
    )
    website = StringField(
        "Address of your shop", description="Pages and mails lead back to it.", validators=[Length(max=500)]
    )


class LogoForm(Form):
    """A logo to be shown."""

    file = FileField(
        "File",
        description="JPEG, PNG, WebP or GIF, at most 8 MB. It is shown at most 48 pixels high.",
        validators=[FileRequired("Choose a picture.")],
        render_kw={"accept": "image/jpeg,image/png,image/webp,image/gif"},
    )

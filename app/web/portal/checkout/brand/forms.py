"""Forms of what buyers know a business by."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import Length

from app.core.web.forms import Form


class ContactForm(Form):
    """Where buyers write to and where the shop is."""

    contact_email = StringField(
        "Contact email", description="Replies to receipts and other emails go here.", validators=[Length(max=320)]
    )
    website = StringField("Shop URL", description="Pages and emails link back to it.", validators=[Length(max=500)])


class LogoForm(Form):
    """A logo to be shown."""

    file = FileField(
        "File",
        description="JPEG, PNG, WebP or GIF, up to 8 MB. Shown up to 48 pixels high.",
        validators=[FileRequired("Choose an image.")],
        render_kw={"accept": "image/jpeg,image/png,image/webp,image/gif"},
    )

"""Forms of a product's images."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.core.web.forms import Form

ALT = "Alternative text for screen readers."


class AltForm(Form):
    """How an image is described."""

    alt = StringField("Description", description=ALT, validators=[DataRequired("Describe the image."), Length(max=200)])


class ProductImageForm(AltForm):
    """An image to be added."""

    file = FileField(
        "File",
        description="JPEG, PNG, WebP or GIF, up to 8 MB. Metadata such as location is removed.",
        validators=[FileRequired("Choose an image.")],
        render_kw={"accept": "image/jpeg,image/png,image/webp,image/gif"},
    )

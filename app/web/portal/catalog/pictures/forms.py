"""Forms of a product's pictures."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.core.web.forms import Form

ALT = "What it shows, for those who cannot see it."


class AltForm(Form):
    """How a picture is described."""

    alt = StringField(
        "Description", description=ALT, validators=[DataRequired("Say what the picture shows."), Length(max=200)]
    )


class PictureForm(AltForm):
    """A picture to be added."""

    file = FileField(
        "File",
        description="JPEG, PNG, WebP or GIF, at most 8 MB. It is drawn anew; where it was taken is not kept.",
        validators=[FileRequired("Choose a picture.")],
        render_kw={"accept": "image/jpeg,image/png,image/webp,image/gif"},
    )

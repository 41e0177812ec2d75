"""Forms of the files that buyers download."""

from __future__ import annotations

from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice, SelectField

from app.core import ids
from app.core.web.forms import QUIET, Form


class FileForm(Form):
    """A file, or a new version of one."""

    file = FileField("File", description="Up to 512 MB.", validators=[FileRequired("Choose a file.")])


class NewFileForm(FileForm):
    """A file for buyers of all SKUs, or of one."""

    sku = SelectField("Available to buyers of", default="", validators=[QUIET])

    def __init__(self, *args: Any, skus: Any = (), **options: Any) -> None:
        super().__init__(*args, **options)
        mine = [SelectChoice(ids.show("sku", sku.id), sku.name) for sku in skus]
        self.sku.choices = [SelectChoice("", "All SKUs"), *mine]

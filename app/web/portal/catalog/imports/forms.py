"""Forms of the imports section."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired

from app.core.web.forms import Form


class FileForm(Form):
    """A file of products."""

    file = FileField(
        "File",
        description="CSV (UTF-8) or XLSX with a head line, at most 20 MB. You see what it would change first.",
        validators=[FileRequired("Choose a file.")],
        render_kw={"accept": ".csv,.xlsx,text/csv"},
    )

"""The form that sends a file of buyers."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired

from app.core.web.forms import Form


class FileForm(Form):
    """A file of buyers."""

    file = FileField(
        "File",
        description="CSV (UTF-8) or XLSX with a header row, up to 20 MB and 200,000 rows. You review the changes "
        "before they are applied.",
        validators=[FileRequired("Choose a file.")],
        render_kw={"accept": ".csv,.xlsx,text/csv"},
    )

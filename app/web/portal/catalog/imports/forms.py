"""Forms of the imports section."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired

from app.core.web.forms import Form


class FileForm(Form):
    """A file of products."""

    file = FileField(
        "File",
        description="CSV (UTF-8) or XLSX with a header row, up to 20 MB, or a zip file with a CSV and its images, up "
        "to 200 MB. You review the changes before they are applied.",
        validators=[FileRequired("Choose a file.")],
        render_kw={"accept": ".csv,.xlsx,.zip,text/csv"},
    )

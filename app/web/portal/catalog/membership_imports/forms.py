"""The form that sends a file of members."""

from __future__ import annotations

from wtforms import BooleanField

from app.web.portal.catalog.buyer_imports import forms


class FileForm(forms.FileForm):
    """A file of members."""

    with_mail = BooleanField("Email members at the addresses in the file when their membership changes or ends")

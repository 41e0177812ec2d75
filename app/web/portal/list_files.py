"""Files of lists that a page writes by itself, without an export."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash

from app.core.errors import AppError
from app.core.web.htmx import see_other
from app.web.portal.access import actor
from app.workflow.insights.allow_file import allow_file


def file_or_back(make: Callable[[], Response], *, back: str) -> Response:
    """The file; while exports are off, or where `make` refuses, the page again, which says why."""
    try:
        allow_file(actor().business_id)
        return make()
    except AppError as error:
        flash(error.message, "bad")
        return see_other(back)

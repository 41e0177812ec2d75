"""The form of the splitting section."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import RadioField, SelectChoice

from app.core.web.forms import Form


class SplitForm(Form):
    """The way in which orders are split."""

    split_by = RadioField("Split new orders")

    def __init__(self, *args: Any, choices: Sequence[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.split_by.choices = [SelectChoice(each.name, each.title) for each in choices]
        self.descriptions = {each.name: each.description for each in choices}

"""Forms of the categories section."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from app.core.web.forms import QUIET, Form


class NameForm(Form):
    """What a category is called."""

    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=120)])


class CategoryForm(NameForm):
    """A category to be made."""

    code = StringField(
        "Code",
        description="Lowercase letters, digits, - and _. Used in files and promotions. You cannot change it later.",
        validators=[
            DataRequired("Enter a code."),
            Length(max=60),
            Regexp(r"^[a-z0-9][a-z0-9_-]*$", message="Use only lowercase letters, digits, - and _."),
        ],
    )
    parent = SelectField("Parent category", validators=[Optional(), QUIET])

    def __init__(self, *args: Any, branches: Sequence[Any] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        above = [SelectChoice(each.row.code, "– " * (each.row.depth - 1) + each.row.name) for each in branches]
        self.parent.choices = [SelectChoice("", "None (top level)"), *above]

"""Forms of the categories section."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from app.core.web.forms import QUIET, Form


class NameForm(Form):
    """What a category is called."""

    name = StringField("Name", validators=[DataRequired("Give it a name."), Length(max=120)])


class CategoryForm(NameForm):
    """A category to be made."""

    code = StringField(
        "Code",
        description="Small letters, digits, - and _. Files and promotions name it by this; it cannot be changed.",
        validators=[
            DataRequired("Give it a code."),
            Length(max=60),
            Regexp(r"^[a-z0-9][a-z0-9_-]*$", message="Small letters, digits, - and _ only."),
        ],
    )
    parent = SelectField("Below", validators=[Optional(), QUIET])

    def __init__(self, *args: Any, branches: Sequence[Any] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        above = [SelectChoice(each.row.code, "– " * (each.row.depth - 1) + each.row.name) for each in branches]
        self.parent.choices = [SelectChoice("", "Nothing: at the top"), *above]

"""Forms of the agreements section."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from babel import Locale
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from app.core import ids
from app.core.web.forms import Form
from app.read.checkout.agreements import TemplatePage
from app.workflow.checkout.manage_agreements import AgreementCommand

# Those of the panel first, then others that buyers read.
LOCALES = (
    *("en", "zh-Hans", "zh-Hant", "ja", "ko", "de", "fr", "es", "pt-BR", "ar"),
    *("cs", "da", "el", "fi", "he", "hi", "hu", "id", "it", "ms", "nb", "nl", "pl", "pt-PT", "ro", "ru", "sv", "th"),
    *("tr", "uk", "vi"),
)
CODE = Regexp(r"^[a-z0-9][a-z0-9_-]*$", message="Use only lowercase letters, digits, - and _.")


@lru_cache(maxsize=64)
def language_name(locale: str) -> str:
    """`de` → German; the tag itself for one that is not known."""
    try:
        return str(Locale.parse(locale, sep="-").get_display_name("en") or locale)
    except ValueError:
        return locale


class SettingsForm(Form):
    """Whom the agreement is asked of."""

    name = StringField(
        "Name", description="Visible to your team only.", validators=[DataRequired("Enter a name."), Length(max=120)]
    )
    required_for = RadioField(
        "Who must accept it",
        choices=[
            SelectChoice("business", "Every buyer"),
            SelectChoice("products", "Buyers of these products"),
        ],
        default="business",
    )
    products = SelectMultipleField(
        "Products", validators=[Optional()], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    enabled = BooleanField("Require acceptance", description="Takes effect once a version is published.", default=True)

    def __init__(self, *args: Any, choices: Sequence[Any] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.products.choices = [SelectChoice(ids.show("prd", row.id), row.name) for row in choices]

    @classmethod
    def of(cls, found: TemplatePage, choices: Sequence[Any]) -> SettingsForm:
        """Filled with what the agreement is now. Products it has are among the choices whatever became of them."""
        known = {row.id for row in choices}
        every = [*choices, *(row for row in found.products if row.id not in known)]
        data = {
            "name": found.row.name,
            "required_for": found.row.applies_to,
            "products": [ids.show("prd", row.id) for row in found.products],
            "enabled": found.row.enabled,
        }
        return cls(formdata=None, data=data, choices=every)

    def command(self) -> AgreementCommand:
        """What was asked for."""
        only = self.required_for.data == "products"
        return AgreementCommand(
            name=self.name.data,
            only_products=only,
            product_ids=[ids.parse("prd", each) for each in self.products.data or ()] if only else (),
            enabled=self.enabled.data,
        )


class NewForm(SettingsForm):
    """A new agreement."""

    code = StringField(
        "Code",
        description="Identifier for the API, such as terms or privacy. You cannot change it later.",
        validators=[DataRequired("Enter a code."), Length(max=40), CODE],
    )
    locale = SelectField("First language", default="en", validators=[DataRequired()])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.locale.choices = [SelectChoice(*each) for each in languages()]


class DraftForm(Form):
    """One language's next version."""

    title = StringField(
        "Title", description="Shown next to the checkbox.", validators=[DataRequired("Enter a title."), Length(max=120)]
    )
    body = TextAreaField(
        "Text",
        description="Line breaks are kept. # heading, **bold**, *italic*, - list, 1. list, > quote, [link](https://…).",
        validators=[DataRequired("Enter the text."), Length(max=60_000)],
        render_kw={"rows": 22, "class": "input input-text"},
    )
    seen = HiddenField(validators=[Regexp(r"^\d{1,6}$")], default="0")

    @property
    def seen_version(self) -> int:
        """The draft that was edited, 0 for none."""
        return int(self.seen.data)


def languages(without: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Languages to choose from: (locale, what to call it)."""
    return [(each, f"{language_name(each)} ({each})") for each in LOCALES if each not in without]

"""Forms of alerts: what is mailed, the chats, large refunds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from wtforms import SelectChoice, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput

from app.core.errors import Invalid
from app.core.money import parse_minor, plain
from app.core.web.forms import Form
from app.domain.notifications.alerts.types import FORMATS, KINDS
from app.workflow.notifications.manage_alerts import AlertChatCommand


def _choices(kinds: Collection[str]) -> list[SelectChoice]:
    return [SelectChoice(key, kind.title) for key, kind in KINDS.items() if key in kinds]


class MailedForm(Form):
    """What is mailed to one person."""

    kinds = SelectMultipleField("Email me when", option_widget=CheckboxInput())

    @classmethod
    def of(cls, visible: Collection[str], mailed: Collection[str] | None) -> MailedForm:
        """The form for who may see these; with `mailed` as it is now, else as it was sent."""
        made = cls(formdata=None, data={"kinds": list(mailed)}) if mailed is not None else cls()
        made.kinds.choices = _choices(visible)
        return made


class ChatForm(Form):
    """A chat."""

    name = StringField("Name", description="To tell it apart from other chats.", validators=[Length(max=100)])
    format = SelectField("Chat", choices=[SelectChoice(*each) for each in FORMATS.items()])
    url = StringField(
        "Webhook URL",
        description="Copy it from your chat app. Anyone with this URL can post there, so it is stored encrypted.",
        validators=[DataRequired("Enter a URL."), Length(max=2000)],
        render_kw={"autocomplete": "off"},
    )
    key = StringField(
        "Signing secret",
        description="Only for Feishu and DingTalk with signatures turned on.",
        validators=[Optional(), Length(max=200)],
        render_kw={"autocomplete": "off"},
    )
    chosen_kinds = SelectMultipleField(
        "Notify this chat when", choices=_choices(KINDS), default=list(KINDS), option_widget=CheckboxInput()
    )

    def command(self) -> AlertChatCommand:
        """What was typed."""
        kinds: Sequence[str] = self.chosen_kinds.data or ()
        return AlertChatCommand(self.name.data or "", self.format.data, self.url.data or "", kinds, self.key.data or "")


class LargeForm(Form):
    """From how much on a refund is large: one amount a line."""

    amounts = TextAreaField(
        "Refunds from", description="One line per currency, such as USD 100.00.", validators=[Length(max=500)]
    )

    @classmethod
    def of(cls, amounts: Mapping[str, int]) -> LargeForm:
        """The form as it is now."""
        lines = (f"{currency} {plain(minor, currency)}" for currency, minor in amounts.items())
        return cls(formdata=None, data={"amounts": "\n".join(lines)})

    def read(self) -> dict[str, int] | None:
        """What was typed, currency → minor units; None when a line cannot be read, and says so."""
        if not self.validate():
            return None
        try:
            return dict(_line(line) for line in (self.amounts.data or "").splitlines() if line.strip())
        except Invalid as error:
            self.amounts.errors = [f"Enter lines such as USD 100.00. {error.message}"]
            return None


def _line(line: str) -> tuple[str, int]:
    currency, _, amount = line.strip().partition(" ")
    return currency.upper(), parse_minor(amount.strip(), currency.upper())

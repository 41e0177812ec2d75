"""Forms of the section of lists."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from wtforms import DateTimeLocalField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from app.core.i18n.marks import N_
from app.core.web.forms import QUIET, Form, OnceField
from app.domain.risk.types import EntryKind, ListName
from app.domain.risk.values import MAX_VALUE
from app.web.portal.days import moment_of
from app.workflow.risk.manage_entries import MAX_REASON, EntryCommand

LISTS = {ListName.BLOCK: N_("Block"), ListName.WATCH: N_("Watch"), ListName.ALLOW: N_("Allow")}
KINDS = {
    EntryKind.EMAIL: N_("Email address"),
    EntryKind.EMAIL_DOMAIN: N_("Email domain"),
    EntryKind.BUYER: N_("Buyer reference"),
    EntryKind.PHONE: N_("Phone number"),
    EntryKind.ADDRESS: N_("IP address or network"),
    EntryKind.DEVICE: N_("Device"),
}


class EntryForm(Form):
    """A value to be put on a list. `once` makes a double click one entry."""

    once = OnceField()
    list_name = SelectField(
        "List", choices=[SelectChoice(str(key), title) for key, title in LISTS.items()], validators=[QUIET]
    )
    kind = SelectField(
        "Kind", choices=[SelectChoice(str(key), title) for key, title in KINDS.items()], validators=[QUIET]
    )
    value = StringField(
        "Value",
        description="For a network, such as 203.0.113.0/24. Aliases of a mailbox count as the mailbox.",
        validators=[DataRequired("Enter a value."), Length(max=MAX_VALUE)],
        render_kw={"spellcheck": "false"},
    )
    reason = StringField("Reason", validators=[DataRequired("Say why."), Length(max=MAX_REASON)])
    expires_at = DateTimeLocalField(
        "Expires", description="Empty: until somebody removes it.", validators=[QUIET, Optional()]
    )

    def command(self, time_zone: str) -> EntryCommand:
        """What was typed."""
        return EntryCommand(
            list_name=ListName(self.list_name.data),
            kind=EntryKind(self.kind.data),
            value=self.value.data or "",
            reason=self.reason.data or "",
            expires_at=moment_of(self.expires_at.data, time_zone),
        )


class EntryFileForm(Form):
    """A file of entries."""

    file = FileField(
        "File",
        description="CSV (UTF-8) with the columns list, kind, value, reason and, if used, expires_at; up to 100,000 "
        "rows. If one row is wrong, nothing is imported.",
        validators=[FileRequired("Choose a file.")],
        render_kw={"accept": ".csv,text/csv"},
    )

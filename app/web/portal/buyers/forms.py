"""What people say of a buyer."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.core.web.forms import Form
from app.domain.buyers.types import BuyerChanges, BuyerCommand
from app.read.buyers.buyers import BuyerRow


class BuyerForm(Form):
    """A buyer's contact, name and groups."""

    name = StringField("Name", validators=[Length(max=120)])
    email = StringField("Email address", validators=[Length(max=254)], render_kw={"inputmode": "email"})
    email_verified = BooleanField("This mailbox is proven to be theirs")
    phone = StringField(
        "Phone number", description="With country code, such as +4915112345678.", validators=[Length(max=40)]
    )
    locale = StringField("Language", description="Such as en or pt-BR.", validators=[Length(max=20)])
    groups = StringField(
        "Groups", description="Separated by commas; promotions can be for a group.", validators=[Length(max=900)]
    )

    def show(self, row: BuyerRow) -> None:
        """Fill it with a buyer."""
        self.name.data, self.email.data, self.phone.data = row.name, row.email, row.phone
        self.locale.data, self.groups.data = row.locale, ", ".join(row.groups)
        self.email_verified.data = row.email_verified_at is not None

    @property
    def group_names(self) -> list[str]:
        """The groups as they were typed."""
        return [each.strip() for each in (self.groups.data or "").split(",") if each.strip()]

    def changes(self) -> BuyerChanges:
        """What was asked for; what the form does not show stays."""
        return {
            "name": self.name.data or None,
            "email": self.email.data or None,
            "email_verified": bool(self.email_verified.data),
            "phone": self.phone.data or None,
            "locale": self.locale.data or None,
            "groups": self.group_names,
        }


class NewBuyerForm(BuyerForm):
    """A buyer who is not known yet."""

    reference = StringField(
        "Your reference",
        description="What your own system calls them. Empty: the buyer’s ID. It stays for good.",
        validators=[Length(max=120)],
    )

    def command(self) -> BuyerCommand:
        """What was asked for."""
        known: dict[str, Any] = dict(self.changes())
        return BuyerCommand(reference=self.reference.data or None, **known)


class NoteForm(Form):
    """A note about a buyer."""

    body = TextAreaField("Note", validators=[DataRequired("Write something."), Length(max=4000)])


class MergeForm(Form):
    """Into whom a buyer is merged, and why."""

    into = StringField(
        "Merge into",
        description="ID, reference or proven email address of the buyer who has everything afterwards.",
        validators=[DataRequired("Name the other buyer."), Length(max=254)],
    )
    reason = StringField("Reason", validators=[Length(max=200)])

"""Forms of the sellers section."""

from __future__ import annotations

import uuid

from wtforms import StringField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from app.core import db, ids
from app.core.web.forms import QUIET, Form, OnceField
from app.read.catalog.sellers import SellerRow
from app.workflow.catalog.manage_sellers import MAX_EMAIL, MAX_LEGAL_NAME, MAX_NAME, MAX_PHONE, REFERENCE, SellerCommand


class SellerForm(Form):
    """What a seller is called, and how to reach them. `once` makes a double click one seller."""

    once = OnceField()
    name = StringField(
        "Name",
        description="Orders keep the name the seller had.",
        validators=[DataRequired("Enter a name."), Length(max=MAX_NAME)],
    )
    reference = StringField(
        "Reference",
        description="Your own name for the seller in files and the API. Must be unique.",
        validators=[
            QUIET,
            Optional(),
            Regexp(f"^{REFERENCE.pattern}$", message="Use at most 64 letters, digits, - _ . and :"),
        ],
        render_kw={"spellcheck": "false"},
    )
    legal_name = StringField(
        "Legal name", description="As in your contract.", validators=[QUIET, Optional(), Length(max=MAX_LEGAL_NAME)]
    )
    email = StringField("Email", validators=[QUIET, Optional(), Length(max=MAX_EMAIL)], render_kw={"type": "email"})
    phone = StringField("Phone", validators=[QUIET, Optional(), Length(max=MAX_PHONE)], render_kw={"type": "tel"})

    @classmethod
    def of(cls, row: SellerRow) -> SellerForm:
        """Filled with what the seller is now."""
        return cls(formdata=None, data=db.by_name(row))

    def command(self) -> SellerCommand:
        """What was typed."""
        return SellerCommand(
            name=self.name.data.strip(),
            reference=(self.reference.data or "").strip() or None,
            legal_name=(self.legal_name.data or "").strip(),
            email=(self.email.data or "").strip() or None,
            phone=(self.phone.data or "").strip() or None,
        )

    def once_id(self, business_id: uuid.UUID) -> uuid.UUID:
        """The id of the seller that this form makes."""
        return ids.derive(business_id, self.once.data)

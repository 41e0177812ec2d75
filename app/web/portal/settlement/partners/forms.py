"""Forms of the partners section."""

from __future__ import annotations

import uuid

from wtforms import BooleanField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.core import ids
from app.core.i18n.language import LOCALES
from app.core.i18n.time_zones import known_time_zones
from app.core.money import plain
from app.core.web.forms import QUIET, Form, MoneyField, OnceField, PercentField
from app.domain.settlement.partners.states import PartnerKind
from app.read.catalog.sellers import seller_choices
from app.read.settlement.clearing_list import percent as percent_text
from app.read.settlement.partners import PartnerRow
from app.read.settlement.partners_list import KINDS
from app.web.portal.checkout.agreements.forms import language_name
from app.web.portal.currencies import currency_choices, main_currency
from app.workflow.settlement.close_batches import TermsCommand
from app.workflow.settlement.manage_partners import MAX_NAME_LENGTH, MAX_REFERENCE_LENGTH, PartnerCommand


class PartnerForm(Form):
    """What a partner is called, and where its money belongs. `once` makes a double click one partner."""

    once = OnceField()
    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=MAX_NAME_LENGTH)])
    kind = SelectField("Kind", description="Cannot be changed later.", validators=[QUIET])
    seller = SelectField("Seller", description="Shares for this seller’s lines go to the partner.", validators=[QUIET])
    reference = StringField(
        "Reference",
        description="Your own name for the partner in the API. Must be unique.",
        validators=[QUIET, Optional(), Length(max=MAX_REFERENCE_LENGTH)],
        render_kw={"spellcheck": "false"},
    )
    email = StringField("Email", validators=[QUIET, Optional(), Length(max=254)], render_kw={"type": "email"})
    locale = SelectField("Language of statements", validators=[QUIET], default="en")
    time_zone = SelectField("Time zone", validators=[QUIET], default="UTC")

    def offer(self, business_id: uuid.UUID) -> PartnerForm:
        """Name what may be chosen; call before validating."""
        self.kind.choices = [SelectChoice(value, title) for value, title in KINDS.items()]
        sellers = [SelectChoice(value, name) for value, name in seller_choices(business_id)]
        self.seller.choices = [SelectChoice("", "None"), *sellers]
        self.locale.choices = [SelectChoice(each, language_name(each)) for each in LOCALES]
        self.time_zone.choices = [SelectChoice(zone, zone.replace("_", " ")) for zone in known_time_zones()]
        return self

    @classmethod
    def of(cls, row: PartnerRow) -> PartnerForm:
        """Filled with what the partner is now."""
        data = {
            "name": row.name,
            "kind": row.kind,
            "seller": ids.show("sel", row.seller_id) if row.seller_id else "",
            "reference": row.reference,
            "email": row.email,
            "locale": row.locale,
            "time_zone": row.time_zone,
        }
        return cls(formdata=None, data=data).offer(row.business_id)

    def command(self) -> PartnerCommand:
        """What was typed."""
        return PartnerCommand(
            kind=PartnerKind(self.kind.data),
            name=self.name.data,
            reference=self.reference.data or None,
            seller_id=ids.try_parse(self.seller.data or "", "sel"),
            email=self.email.data or None,
            locale=self.locale.data,
            time_zone=self.time_zone.data,
        )

    def once_id(self, business_id: uuid.UUID) -> uuid.UUID:
        """The id of the partner that this form makes."""
        return ids.derive(business_id, self.once.data)


class TermsForm(Form):
    """How the partner is settled; minimums in other currencies stay as they are."""

    cycle = SelectField(
        "Settled",
        choices=[
            SelectChoice("on_demand", "On demand"),
            SelectChoice("daily", "Every day"),
            SelectChoice("weekly", "Every week"),
            SelectChoice("monthly", "Every month"),
        ],
        validators=[QUIET],
    )
    day = IntegerField("Day", description="Weekly: 1 is Monday. Monthly: 1 to 28.", validators=[Optional()])
    hold_days = IntegerField("Hold for days", default=0, validators=[QUIET, NumberRange(min=0, max=180)])
    working_days = BooleanField("Count working days only")
    calendar = StringField(
        "Holidays of", description="A country’s code, such as DE.", validators=[QUIET, Optional(), Length(max=2)]
    )
    cut_off_time = StringField(
        "Cut-off", description="By the partner’s clocks.", default="00:00", render_kw={"type": "time"}
    )
    reserve = PercentField("Reserve", description="Kept of each batch.", validators=[QUIET])
    reserve_days = IntegerField("Reserve for days", default=0, validators=[QUIET, NumberRange(min=0, max=365)])
    currency = SelectField("Currency of the minimum", validators=[QUIET])
    minimum = MoneyField("Minimum", validators=[QUIET], render_kw={"inputmode": "decimal", "autocomplete": "off"})

    def offer(self) -> TermsForm:
        """Name what may be chosen; call before validating."""
        self.currency.choices = currency_choices()
        if self.currency.data not in {choice.value for choice in self.currency.choices}:
            self.currency.data = main_currency()
        self.minimum.in_currency(self.currency.data)
        return self

    @classmethod
    def of(cls, row: PartnerRow) -> TermsForm:
        """Filled with what holds now."""
        names = ("cycle", "day", "hold_days", "working_days", "calendar", "cut_off_time", "reserve_days")
        form = cls(formdata=None, data={name: getattr(row, name) for name in names})
        form.reserve.data = percent_text(row.reserve_bps).removesuffix("%") if row.reserve_bps else ""
        form.currency.data = next(iter(sorted(row.minimum)), main_currency())
        if form.currency.data in row.minimum:
            form.minimum.data = plain(row.minimum[form.currency.data], form.currency.data)
        return form.offer()

    def command(self, row: PartnerRow) -> TermsCommand:
        """What was typed."""
        minimum = {code: minor for code, minor in row.minimum.items() if code != self.currency.data}
        if self.minimum.minor:
            minimum[self.currency.data] = self.minimum.minor
        has_day = self.cycle.data in ("weekly", "monthly")
        return TermsCommand(
            cycle=self.cycle.data,
            day=self.day.data if has_day else None,
            hold_days=self.hold_days.data or 0,
            working_days=self.working_days.data,
            calendar=(self.calendar.data or "").strip().upper(),
            cut_off_time=self.cut_off_time.data or "00:00",
            reserve_bps=self.reserve.bps,
            reserve_days=self.reserve_days.data or 0,
            minimum=minimum,
        )


class PayeeForm(Form):
    """Whose account gets the partner's money."""

    once = OnceField()
    payee_name = StringField(
        "Account holder", validators=[DataRequired("Enter the account holder’s name."), Length(max=120)]
    )
    account = StringField(
        "IBAN or account number",
        validators=[DataRequired("Enter the IBAN or account number."), Length(max=64)],
        render_kw={"spellcheck": "false", "autocomplete": "off"},
    )


class ReasonForm(Form):
    """Why."""

    reason = StringField("Reason", validators=[DataRequired("Enter the reason."), Length(max=200)])

"""Forms of the split rules section: a rule, what a version says, and a line to try it on."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.core import ids
from app.core.errors import Invalid
from app.core.money import plain
from app.core.web.forms import QUIET, Form, MoneyField, OnceField, PercentField
from app.domain.settlement.clearing.types import SELLER, ClearableLine, ShareTerms, SplitTerms
from app.read.settlement.clearing_list import percent as percent_text
from app.read.settlement.partners import partner_choices
from app.read.settlement.split_rules import Version
from app.web.portal.currencies import currency_choices, main_currency
from app.workflow.settlement.manage_split_rules import MAX_NAME_LENGTH, MAX_REASON_LENGTH, RuleCommand, VersionCommand

ROWS = 6
_PREFIXES = {"sel": "seller", "cat": "category", "prd": "product", "sku": "sku"}
_DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}


class VersionForm(Form):
    """What a version says: up to six shares. More, and rates by volume, are set over the API."""

    currency = SelectField("Currency of amounts", validators=[QUIET])
    discounts = RadioField(
        "Discounts",
        default="shared",
        choices=[
            SelectChoice("shared", "Everybody bears them: shares are of what was paid"),
            SelectChoice("business", "You bear them: shares are of the price before discounts"),
        ],
    )
    fees = RadioField(
        "Channel fees",
        default="business",
        choices=[SelectChoice("business", "You bear them"), SelectChoice("shared", "Everybody bears them by share")],
    )
    returns_fees = BooleanField("A refund gives partners their part of the fees back")
    begins_on = DateField(
        "Begins on", description="Midnight in your time zone. Empty: once approved.", validators=[Optional()]
    )
    reason = StringField(
        "Reason", description="For whoever approves it.", validators=[Optional(), Length(max=MAX_REASON_LENGTH)]
    )

    @property
    def rows(self) -> list[tuple[SelectField, PercentField, MoneyField, MoneyField, MoneyField, BooleanField]]:
        """The fields of each share: recipient, percentage, amount for each unit, minimum, maximum, rest."""
        names = ("party", "percent", "fixed", "minimum", "maximum", "rest")
        return [tuple(self[f"{name}_{number}"] for name in names) for number in range(1, ROWS + 1)]

    @property
    def rows_shown(self) -> int:
        """How many rows stand open: those that say something, and one more."""
        filled = [n for n, row in enumerate(self.rows, start=1) if any(field.data or field.errors for field in row)]
        return min(max(filled, default=0) + 1, ROWS)

    def offer(self, business_id: uuid.UUID) -> VersionForm:
        """Name what may be chosen; call before validating."""
        self.currency.choices = currency_choices()
        known = {choice.value for choice in self.currency.choices}
        if self.currency.data not in known:
            self.currency.data = main_currency()
        choices = [SelectChoice("", "–"), SelectChoice(SELLER, "The line’s seller")]
        choices += [SelectChoice(value, name) for value, name in partner_choices(business_id)]
        for party, _, *amounts, _ in self.rows:
            party.choices = choices
            for amount in amounts:
                amount.in_currency(self.currency.data)
        return self

    def fill(self, version: Version) -> VersionForm:
        """Show what a version says; call before `offer`."""
        terms = version.terms
        amounts = {
            code for share in terms.shares for each in (share.fixed, share.minimum, share.maximum) for code in each
        }
        self.currency.data = next(iter(sorted(amounts)), main_currency())
        self.discounts.data, self.fees.data = terms.discounts, terms.fees
        self.returns_fees.data, self.reason.data = terms.returns_fees, version.row.reason
        for (party, percent, fixed, minimum, maximum, rest), share in zip(self.rows, terms.shares, strict=False):
            party.data = SELLER if share.party == SELLER else ids.show("par", uuid.UUID(share.party))
            percent.data = percent_text(share.bps).removesuffix("%") if share.bps else ""
            rest.data = share.is_rest
            for field, by_currency in ((fixed, share.fixed), (minimum, share.minimum), (maximum, share.maximum)):
                if self.currency.data in by_currency:
                    field.data = plain(by_currency[self.currency.data], self.currency.data)
        return self

    def command(self, time_zone: str, keep: Version | None = None) -> VersionCommand:
        """What was typed. Of a version that said more than this form shows, `keep` holds the rest: amounts in other
        currencies and rates by volume.

        Raises:
            Invalid: a share without a recipient.
        """
        kept = {share.party: share for share in keep.terms.shares} if keep else {}
        shares = []
        for party, percent, fixed, minimum, maximum, rest in self.rows:
            if not party.data:
                if percent.data or fixed.data or minimum.data or maximum.data or rest.data:
                    raise Invalid("invalid_split_rule", "Choose who gets each share.")
                continue
            name = party.data if party.data == SELLER else str(ids.parse("par", party.data))
            before = kept.get(name, ShareTerms(party=name))
            shares.append(
                ShareTerms(
                    party=name,
                    bps=percent.bps,
                    fixed=self._amounts(fixed, before.fixed),
                    minimum=self._amounts(minimum, before.minimum),
                    maximum=self._amounts(maximum, before.maximum),
                    tiers=before.tiers,
                    is_rest=rest.data,
                )
            )
        begins = self.begins_on.data
        return VersionCommand(
            terms=SplitTerms(
                shares=tuple(shares),
                discounts="business" if self.discounts.data == "business" else "shared",
                fees="shared" if self.fees.data == "shared" else "business",
                returns_fees=self.returns_fees.data,
            ),
            reason=self.reason.data or "",
            begins_at=datetime(begins.year, begins.month, begins.day, tzinfo=ZoneInfo(time_zone)) if begins else None,
        )

    def _amounts(self, field: MoneyField, before: Mapping[str, int]) -> dict[str, int]:
        others = {code: minor for code, minor in before.items() if code != self.currency.data}
        return others | ({self.currency.data: field.minor} if field.minor is not None else {})


for _number in range(1, ROWS + 1):
    setattr(VersionForm, f"party_{_number}", SelectField("Recipient", validators=[QUIET]))
    setattr(VersionForm, f"percent_{_number}", PercentField("Percentage", validators=[QUIET], render_kw=_DECIMAL))
    setattr(VersionForm, f"fixed_{_number}", MoneyField("For each unit", validators=[QUIET], render_kw=_DECIMAL))
    setattr(VersionForm, f"minimum_{_number}", MoneyField("At least", validators=[QUIET], render_kw=_DECIMAL))
    setattr(VersionForm, f"maximum_{_number}", MoneyField("At most", validators=[QUIET], render_kw=_DECIMAL))
    setattr(VersionForm, f"rest_{_number}", BooleanField("The rest"))


class RuleForm(VersionForm):
    """A new rule: what it is called and about, and its first version. `once` makes a double click one rule."""

    once = OnceField()
    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=MAX_NAME_LENGTH)])
    subject = SelectField("Applies to", description="The most precise rule counts.", validators=[QUIET])

    def about(self, subjects: Sequence[tuple[str, str]]) -> RuleForm:
        """Name what a rule can be about; call before validating."""
        self.subject.choices = [SelectChoice("", "Everything"), *(SelectChoice(*each) for each in subjects)]
        return self

    def rule(self) -> RuleCommand:
        """What the rule is about."""
        shown = self.subject.data or ""
        prefix = shown.partition("_")[0]
        if not shown:
            return RuleCommand(name=self.name.data)
        return RuleCommand(name=self.name.data, scope=_PREFIXES[prefix], subject_id=ids.parse(prefix, shown))

    def once_id(self, business_id: uuid.UUID) -> uuid.UUID:
        """The id of the rule that this form makes."""
        return ids.derive(business_id, self.once.data)


class TrialForm(Form):
    """A line that does not exist."""

    class Meta(Form.Meta):
        csrf = False

    currency = SelectField("Currency", validators=[QUIET])
    amount = MoneyField("Paid for the line", validators=[DataRequired("Enter an amount.")], render_kw=_DECIMAL)
    gross = MoneyField("Before discounts", validators=[QUIET], render_kw=_DECIMAL)
    quantity = IntegerField("Units", default=1, validators=[QUIET, NumberRange(min=1, max=10_000)])
    fee = MoneyField("Channel fee", validators=[QUIET], render_kw=_DECIMAL)
    seller = SelectField("Partner of the seller", default="", validators=[QUIET])

    def offer(self, business_id: uuid.UUID) -> TrialForm:
        """Name what may be chosen; call before validating."""
        self.currency.choices = currency_choices()
        if self.currency.data not in {choice.value for choice in self.currency.choices}:
            self.currency.data = main_currency()
        partners = [SelectChoice(value, name) for value, name in partner_choices(business_id)]
        self.seller.choices = [SelectChoice("", "None"), *partners]
        for field in (self.amount, self.gross, self.fee):
            field.in_currency(self.currency.data)
        return self

    def line(self) -> ClearableLine:
        """What was typed."""
        amount = self.amount.minor or 0
        seller_id = ids.try_parse(self.seller.data or "", "par")
        return ClearableLine(
            line_id=uuid.UUID(int=0),
            currency=self.currency.data,
            quantity=self.quantity.data or 1,
            gross_minor=max(amount, self.gross.minor or 0),
            amount_minor=amount,
            fee_minor=self.fee.minor or 0,
            seller=str(seller_id) if seller_id else None,
        )

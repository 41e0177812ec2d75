"""Forms of approvals: the decision, and the limits."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.core.errors import Invalid
from app.core.i18n.marks import N_
from app.core.money import parse_minor, plain
from app.core.web.forms import Form
from app.domain.accounts.business.types import UNIT_TITLES, UNITS
from app.read.accounts.approvals import Rules

KINDS = {
    "refund": N_("Refunds over"),
    "refund_day": N_("Refunds of a day by one person over"),
    "payout": N_("Payouts over"),
    "withdrawal": N_("Withdrawals over"),
    "transfer": N_("Transfers over"),
    "top_up": N_("Credits to wallets over"),
    "points": N_("Manual point grants over"),
    "membership": N_("Membership days given by hand over"),
}


class DecisionForm(Form):
    """What who decides says about it."""

    reason = StringField(
        "Your reason",
        description="Stored with the request and shown to the requester.",
        validators=[DataRequired("Enter a reason."), Length(max=200)],
        render_kw={"autocomplete": "off"},
    )


class LimitsForm(Form):
    """For each kind one amount a line."""

    refund = TextAreaField(KINDS["refund"], validators=[Length(max=500)])
    refund_day = TextAreaField(
        KINDS["refund_day"],
        description="Across all buyers. Defaults to ten times the limit above.",
        validators=[Length(max=500)],
    )
    payout = TextAreaField(KINDS["payout"], validators=[Length(max=500)])
    withdrawal = TextAreaField(KINDS["withdrawal"], validators=[Length(max=500)])
    transfer = TextAreaField(KINDS["transfer"], validators=[Length(max=500)])
    top_up = TextAreaField(KINDS["top_up"], validators=[Length(max=500)])
    points = StringField(
        KINDS["points"],
        description="Whole number. Leave empty for no limit.",
        validators=[Length(max=12)],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    membership = StringField(
        KINDS["membership"],
        description="Whole number of days. Leave empty for no limit.",
        validators=[Length(max=12)],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    channels_need_approval = BooleanField(
        "New channel accounts and changes to their settings",
        description="Another person must approve changes to keys, secrets, bank accounts and URLs.",
    )

    decides_alone = BooleanField(
        "Decide alone while I am the only owner",
        description="A second factor and a delay take the second person’s place. You can cancel until it is over.",
    )
    alone_waits_h = IntegerField(
        "Delay in hours",
        default=24,
        description="1 to 72 hours.",
        validators=[InputRequired("Enter hours."), NumberRange(1, 72, "Enter 1 to 72 hours.")],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    seen = HiddenField(default="")

    @classmethod
    def of(cls, rules: Rules) -> LimitsForm:
        """The form as the limits are."""
        about = {"channels_need_approval": rules.channels_need_approval, "seen": rules.seen}
        alone = {"decides_alone": rules.decides_alone, "alone_waits_h": rules.alone_waits_h}
        return cls(
            formdata=None,
            data=about
            | alone
            | {
                kind: "\n".join(_as_line(currency, minor) for currency, minor in of_kind.items())
                for kind, of_kind in rules.limits.items()
            },
        )

    def limits(self) -> dict[str, dict[str, int]] | None:
        """What was typed, kind → currency → minor units; None when a line cannot be read, and says so."""
        if not self.validate():
            return None
        found: dict[str, dict[str, int]] = {}
        for kind in filter(self.__contains__, KINDS):
            try:
                lines = [line for line in (self[kind].data or "").splitlines() if line.strip()]
                found[kind] = dict(_whole(line, UNITS[kind]) if kind in UNITS else _line(line) for line in lines)
            except Invalid as error:
                how = "" if kind in UNITS else "Enter lines such as USD 100.00. "
                self[kind].errors = [f"{how}{error.message}"]
                return None
        return found


def _as_line(currency: str, minor: int) -> str:
    return str(minor) if currency in UNIT_TITLES else f"{currency} {plain(minor, currency)}"


def _whole(line: str, unit: str) -> tuple[str, int]:
    """Raises Invalid."""
    digits = line.strip()
    if not digits.isascii() or not digits.isdigit():
        raise Invalid("invalid_points", f"Enter {UNIT_TITLES[unit]} as a whole number.")
    return unit, int(digits)


def _line(line: str) -> tuple[str, int]:
    currency, _, amount = line.strip().partition(" ")
    return currency.upper(), parse_minor(amount, currency.upper())

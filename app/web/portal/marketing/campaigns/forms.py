"""The form of a campaign: what all triggers have, and the few fields of its own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from wtforms import (
    DateTimeLocalField,
    DecimalField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from app.core import ids
from app.core.i18n.marks import N_
from app.core.money import known_currencies
from app.core.web.forms import QUIET, Form, MoneyField, OnceField
from app.domain.marketing.campaigns.types import (
    DEFAULTS,
    NUMBERS,
    UTM,
    Audience,
    CampaignPlan,
    read_audience,
    trigger_of,
)
from app.read.marketing.campaigns import CampaignRow
from app.web.portal.currencies import currency_choices, main_currency
from app.web.portal.days import moment_of, typed_in

_GROUPS = Regexp(r"^[a-z0-9_, -]*$", message="Lowercase letters, digits, - and _. Separate several with commas.")

# Trigger → what it is called, and when it happens.
TRIGGERS: Mapping[str, tuple[str, str]] = {
    "win_back": (N_("Win back"), N_("Buyers who have not ordered for some time.")),
    "sign_up": (N_("Sign-up"), N_("Buyers who are new to you.")),
    "first_visit": (N_("First visit"), N_("Buyers who open a checkout for the first time.")),
    "birthday": (N_("Birthday"), N_("Buyers whose attribute “birthday” is near.")),
    "nth_order": (N_("Nth order"), N_("Buyers who pay their second, fifth or tenth order.")),
    "abandoned_checkout": (N_("Abandoned checkout"), N_("Buyers who began a checkout and did not pay.")),
    "channel": (N_("Acquisition channel"), N_("Buyers who came by a source you name (UTM).")),
    "segment": (N_("Segment"), N_("All buyers in a group or with so many orders.")),
    "file": (N_("List of buyers"), N_("Buyers whose references you paste.")),
}


def _whole(label: str, name: str, description: str = "") -> IntegerField:
    _, least, most = next(each for numbers in NUMBERS.values() for each in numbers if each[0] == name)
    validators = [InputRequired(), NumberRange(min=least, max=most)]
    return IntegerField(label, description=description, default=DEFAULTS[name], validators=validators)


def _limit(label: str, description: str = "") -> IntegerField:
    return IntegerField(label, description=description, validators=[QUIET, Optional(), NumberRange(min=0, max=10**9)])


class CampaignForm(Form):
    """A campaign of one trigger. `once` makes a double click one campaign."""

    once = OnceField()
    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=80)])
    template = SelectField(
        "Coupon", description="Active coupons with individual codes.", validators=[DataRequired("Choose a coupon.")]
    )
    days = _whole("Days since the last order", "days")
    within_days = _whole("At most so many days", "within_days")
    days_before = _whole("Days before the birthday", "days_before")
    number = _whole("Number of the order", "number")
    hours = _whole("Hours since the checkout began", "hours")
    source = StringField("Source", description="utm_source", validators=[QUIET, Optional(), Length(max=100)])
    medium = StringField("Medium", description="utm_medium", validators=[QUIET, Optional(), Length(max=100)])
    campaign = StringField("Campaign", description="utm_campaign", validators=[QUIET, Optional(), Length(max=100)])
    references = TextAreaField(
        "Buyers",
        description="Your references, one per line, at most 10,000.",
        validators=[DataRequired("Enter at least one reference."), Length(max=1_500_000)],
        render_kw={"rows": 8, "spellcheck": "false"},
    )
    groups = StringField("Buyer groups", description="Empty: everybody.", validators=[QUIET, Length(max=200), _GROUPS])
    min_orders = _limit("Paid orders, at least")
    max_orders = _limit("Paid orders, at most")
    holdout = DecimalField(
        "Holdout",
        description="Percent of buyers who get nothing, so that results can be compared.",
        places=2,
        default=Decimal(10),
        validators=[InputRequired(), NumberRange(min=0, max=50)],
    )
    max_issued = _limit("Number of coupons", "Ends when so many are issued.")
    budget = MoneyField("Budget", description="Ends when its coupons took off so much.", validators=[QUIET, Optional()])
    currency = SelectField("Currency", choices=currency_choices, default=main_currency, validators=[DataRequired()])
    window_days = IntegerField(
        "Days an order counts as a result", default=30, validators=[InputRequired(), NumberRange(min=1, max=365)]
    )
    starts_at = DateTimeLocalField("Starts", description="To schedule it.", validators=[QUIET, Optional()])
    ends_at = DateTimeLocalField("Ends", validators=[QUIET, Optional()])

    def __init__(
        self, trigger: str, *args: Any, templates: Sequence[tuple[uuid.UUID, str, str]] = (), **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.trigger = trigger
        choices = [SelectChoice(ids.show("cpt", row_id), name) for row_id, name, _ in templates]
        self.template.choices = [SelectChoice("", N_("Choose")), *choices] if len(choices) != 1 else choices
        mine = {name for name, _, _ in NUMBERS.get(trigger, ())}
        mine |= set(UTM) if trigger == "channel" else {"references"} if trigger == "file" else set()
        every = {name for numbers in NUMBERS.values() for name, _, _ in numbers} | set(UTM) | {"references"}
        self.own = [name for name in self._fields if name in mine]
        for name in every - mine:
            del self._fields[name]

    @classmethod
    def of(cls, row: CampaignRow, time_zone: str, templates: Sequence[tuple[uuid.UUID, str, str]]) -> CampaignForm:
        """Filled with what the campaign is now."""
        audience = read_audience(row.audience)
        data = {
            **row.occasion,
            "references": "\n".join(row.occasion.get("references", ())),
            "name": row.name,
            "template": ids.show("cpt", row.template_id),
            "groups": ", ".join(audience.groups),
            "min_orders": audience.min_orders,
            "max_orders": audience.max_orders,
            "holdout": Decimal(row.holdout_bps) / 100,
            "max_issued": row.max_issued,
            "window_days": row.window_days,
            "starts_at": typed_in(row.starts_at, time_zone),
            "ends_at": typed_in(row.ends_at, time_zone),
        }
        if row.currency is not None:
            data["currency"] = row.currency
        form = cls(row.trigger, formdata=None, data=data, templates=templates)
        if row.budget_minor is not None and row.currency is not None:
            form.budget.show(row.budget_minor, row.currency)
        return form

    @property
    def own_fields(self) -> list[Any]:
        """The fields of this trigger alone."""
        return [self[name] for name in self.own]

    def is_fine(self) -> bool:
        """Validate; the budget is in the chosen currency."""
        self.budget.in_currency(self.currency.data if self.currency.data in known_currencies() else "USD")
        return bool(self.validate())

    def plan(self, time_zone: str) -> CampaignPlan:
        """What was asked for. Times were typed in the business's zone.

        Raises:
            BadRule: it cannot be. NotFound: no such coupon.
        """
        occasion = {name: self[name].data for name in self.own}
        if "references" in occasion:
            occasion["references"] = [line.strip() for line in occasion["references"].splitlines() if line.strip()]
        budget = self.budget.minor or None
        return CampaignPlan(
            name=self.name.data,
            trigger=trigger_of(self.trigger),
            template_id=ids.parse("cpt", self.template.data),
            occasion={name: value for name, value in occasion.items() if value not in (None, "")},
            audience=Audience(
                groups=tuple(filter(None, (each.strip() for each in (self.groups.data or "").split(",")))),
                min_orders=self.min_orders.data,
                max_orders=self.max_orders.data,
            ),
            holdout_bps=int(self.holdout.data * 100),
            max_issued=self.max_issued.data or None,
            budget_minor=budget,
            currency=self.currency.data if budget else None,
            window_days=self.window_days.data,
            starts_at=moment_of(self.starts_at.data, time_zone),
            ends_at=moment_of(self.ends_at.data, time_zone),
        )

    def once_id(self, business_id: uuid.UUID) -> uuid.UUID:
        """The id of the campaign that this form makes."""
        return ids.derive(business_id, self.once.data)

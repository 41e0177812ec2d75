"""Forms of the routing section: a rule, and the question "which channel and why"."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from wtforms import BooleanField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.core import clock, db, ids
from app.core.money import Money, known_currencies
from app.core.web.forms import QUIET, Form, HourField, MoneyField, SeenField
from app.read.payments.reasons import clock_time
from app.read.payments.routing import Names, RuleRow
from app.web.portal.currencies import currency_choices, main_currency
from app.workflow.payments.manage_routing import RoutingRuleCommand

_PREFIX = "weight_"


def _hours(label: str, **more: Any) -> HourField:
    return HourField(label, validators=[Optional()], render_kw={"placeholder": "09:30", "inputmode": "numeric"}, **more)


class RuleForm(Form):
    """A rule; `rule_form` adds a weight for each account."""

    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=80)])
    direction = SelectField(
        "Applies to",
        default="incoming",
        choices=[SelectChoice("incoming", "Payments"), SelectChoice("outgoing", "Withdrawals and payouts")],
    )
    currency = SelectField("Currency", default="", validators=[QUIET])
    lowest = MoneyField("Amount from")
    highest = MoneyField("Amount to")
    scene = SelectField("Scene", default="", validators=[QUIET])
    since = _hours("From (hour)", description="In your business's time zone.")
    until = _hours("Until (hour)", description="May be after midnight.")
    item = SelectField("Product", default="", validators=[QUIET])
    exclusive = BooleanField("Do not fall back to other accounts")
    priority = IntegerField(
        "Priority",
        default=100,
        description="Lower numbers apply first.",
        validators=[InputRequired(), NumberRange(min=0, max=10_000)],
    )
    enabled = BooleanField("Active", default=True)
    version = SeenField()

    @property
    def weights(self) -> list[Any]:
        """The weight fields, one for each account."""
        return [field for field in self if field.name.startswith(_PREFIX)]

    def is_fine(self) -> bool:
        """Validate, with the amounts read in the chosen currency."""
        currency = self.currency.data if self.currency.data in known_currencies() else "USD"
        self.lowest.in_currency(currency)
        self.highest.in_currency(currency)
        return bool(self.validate())

    def command(self) -> RoutingRuleCommand:
        """What was asked for."""
        return RoutingRuleCommand(
            name=self.name.data,
            priority=self.priority.data,
            enabled=self.enabled.data,
            exclusive=self.exclusive.data,
            direction="outgoing" if self.direction.data == "outgoing" else "incoming",
            currency=self.currency.data or None,
            min_minor=self.lowest.minor,
            max_minor=self.highest.minor,
            scene=self.scene.data or None,
            from_minute=self.since.minute,
            until_minute=self.until.minute,
            product_id=ids.try_parse(self.item.data or "", "prd"),
            sku_id=ids.try_parse(self.item.data or "", "sku"),
            weights={ids.parse("cha", field.name.removeprefix(_PREFIX)): field.data or 0 for field in self.weights},
        )


def rule_form(names: Names, scenes: tuple[str, ...], row: RuleRow | None = None) -> RuleForm:
    """The form of a rule; with `row`, filled with what it says now."""
    fields = {
        _PREFIX + ids.show("cha", account_id): IntegerField(
            name, validators=[Optional(), NumberRange(min=0, max=1000)], render_kw={"min": "0", "max": "1000"}
        )
        for account_id, name in names.accounts.items()
    }
    form: RuleForm = type("DrawnRuleForm", (RuleForm,), fields)(**({} if row is None else _filled(row)))
    _choose(form, names, scenes, none="Any")
    if row is not None and row.currency:
        for field, minor in ((form.lowest, row.min_minor), (form.highest, row.max_minor)):
            if minor is not None:
                field.show(minor, row.currency)
    return form


def _filled(row: RuleRow) -> dict[str, Any]:
    hour = {"since": row.from_minute, "until": row.until_minute}
    data = {
        **db.by_name(row),
        "currency": row.currency or "",
        "scene": row.scene or "",
        "item": _item_id(row),
        **{name: clock_time(minute) if minute is not None else "" for name, minute in hour.items()},
        **{_PREFIX + ids.show("cha", uuid.UUID(target["account_id"])): target["weight"] for target in row.targets},
    }
    return {"formdata": None, "data": data}


def _item_id(row: RuleRow) -> str:
    if row.sku_id:
        return ids.show("sku", row.sku_id)
    return ids.show("prd", row.product_id) if row.product_id else ""


def _choose(form: Any, names: Names, scenes: tuple[str, ...], *, none: str) -> None:
    nothing = [SelectChoice("", none)] if none else []
    form.currency.choices = [*nothing, *currency_choices()]
    form.scene.choices = [*nothing, *(SelectChoice(scene) for scene in scenes)]
    names_of_items = {ids.show("prd", key): name for key, name in names.products.items()}
    names_of_items |= {ids.show("sku", key): name for key, name in names.skus.items()}
    form.item.choices = [SelectChoice("", "Any"), *(SelectChoice(key, name) for key, name in names_of_items.items())]


class SimulatorForm(Form):
    """A payment that does not exist; all of it stands in the address."""

    class Meta(Form.Meta):
        csrf = False

    amount = MoneyField("Amount", default="10", validators=[DataRequired("Enter an amount.")])
    currency = SelectField("Currency", default=main_currency, validators=[QUIET])
    payee = StringField(
        "Payee’s account",
        validators=[Optional(), Length(max=200)],
        description="To see who would pay out to this account, instead of a payment.",
    )
    scene = SelectField("Scene", default="web", validators=[QUIET])
    at = _hours("Time of day", description="Leave empty for now.")
    requested_channel = SelectField("Payment method chosen", default="", validators=[QUIET])
    item = SelectField("Product", default="", validators=[QUIET])
    draw = IntegerField("Order number", default=1, validators=[QUIET, NumberRange(min=1, max=1_000_000)])

    @property
    def money(self) -> Money:
        """The amount, at least one unit."""
        return Money(max(1, self.amount.minor or 0), self.currency.data)

    @property
    def item_ids(self) -> frozenset[uuid.UUID]:
        """The chosen product or SKU."""
        found = ids.try_parse(self.item.data or "")
        return frozenset({found} if found else ())

    def moment(self, zone: str) -> datetime:
        """The moment asked about: today at that hour in the zone."""
        there = clock.now().astimezone(ZoneInfo(zone))
        minute = self.at.minute
        return there if minute is None else there.replace(hour=minute // 60 % 24, minute=minute % 60)


def simulator_form(names: Names, scenes: tuple[str, ...], channels: dict[str, str]) -> SimulatorForm:
    """The question in the address, the usual one when there is none; `channels` are titles by name."""
    form = SimulatorForm(request.args if request.args else None)
    _choose(form, names, scenes, none="")
    form.requested_channel.choices = [SelectChoice("", "Nothing"), *(SelectChoice(*each) for each in channels.items())]
    form.amount.in_currency(form.currency.data if form.currency.data in known_currencies() else "USD")
    return form

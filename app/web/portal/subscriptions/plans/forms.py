"""The form of a plan."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from wtforms import IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from app.core import ids
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.money import parse_minor
from app.core.web.forms import QUIET, Form, OnceField
from app.domain.signing.calendar import Interval, Unit
from app.domain.signing.types import PlanPriceTerms, PlanTerms
from app.read.marketing.promotions import SellableSku
from app.web.portal.access import actor
from app.web.portal.currencies import main_currency

_DAYS = re.compile(r"\d{1,2}( *, *\d{1,2})*")
_CODE = Regexp(r"^[A-Za-z0-9][A-Za-z0-9._-]*$", message=N_("Letters, digits, . - _ only."))
UNITS = {
    Unit.DAY: N_("days"),
    Unit.WEEK: N_("weeks"),
    Unit.MONTH: N_("months"),
    Unit.QUARTER: N_("quarters"),
    Unit.YEAR: N_("years"),
}


@dataclass
class PriceRow:
    """What one unit costs in a currency, as it was typed, and what is wrong with it."""

    currency: str
    price: str = ""
    intro: str = ""
    problem: str = ""


class PlanForm(Form):
    """All that a plan says. Its prices are `price_USD`, `intro_USD` and so on, one pair for each of the business's
    currencies."""

    once = OnceField()
    sku = SelectField(N_("Product"), validators=[DataRequired(N_("Choose a product."))])
    name = StringField(
        N_("Name"),
        description=N_("Buyers see it, such as Gold, monthly."),
        validators=[DataRequired(N_("Enter a name.")), Length(max=200)],
    )
    code = StringField(
        N_("Code"),
        description=N_("Your own name for the plan, in the API and in files. Empty: made from the name."),
        validators=[Optional(), Length(max=60), _CODE],
        render_kw={"spellcheck": "false", "autocomplete": "off"},
    )
    interval_count = IntegerField(N_("Every"), default=1, validators=[InputRequired(), NumberRange(min=1, max=366)])
    interval = SelectField(
        N_("Interval"),
        choices=[SelectChoice(unit, title) for unit, title in UNITS.items()],
        default=Unit.MONTH,
        validators=[QUIET],
    )
    trial_days = IntegerField(N_("Free trial in days"), default=0, validators=[QUIET, NumberRange(min=0, max=730)])
    intro_cycles = IntegerField(
        N_("Charges at the introductory price"), default=0, validators=[QUIET, NumberRange(min=0, max=120)]
    )
    cycle_count = IntegerField(
        N_("Number of charges"),
        description=N_("Empty: until it is cancelled."),
        validators=[Optional(), NumberRange(min=1, max=1200)],
    )
    anchor_day = IntegerField(
        N_("Charge on day"),
        description=N_("Of the month, or of the week (1 is Monday). Empty: the day of signing."),
        validators=[Optional(), NumberRange(min=1, max=31)],
    )
    max_quantity = IntegerField(N_("Maximum quantity"), default=1, validators=[QUIET, NumberRange(min=1, max=1000)])
    change_group = StringField(
        N_("Plan group"),
        description=N_("Buyers change by themselves between plans with the same group. Empty: they do not."),
        validators=[Optional(), Length(max=60)],
    )
    retry_days = StringField(
        N_("Try again after days"),
        description=N_("After each refusal, such as 1, 3, 5, 7. Empty: never."),
        default="1, 3, 5, 7",
        validators=[QUIET, Optional(), Regexp(_DAYS, message=N_("Numbers of days, such as 1, 3, 5, 7."))],
    )
    final_step = SelectField(
        N_("After the last refusal"),
        choices=[SelectChoice("end", N_("End the contract")), SelectChoice("pause", N_("Pause the contract"))],
        validators=[QUIET],
    )
    cancel_refund = SelectField(
        N_("Refund when cancelled at once"),
        choices=[
            SelectChoice("none", N_("Nothing")),
            SelectChoice("proportional", N_("The share of the time left")),
            SelectChoice("full", N_("The whole charge")),
        ],
        validators=[QUIET],
    )
    catch_up = SelectField(
        N_("After an outage, charge"),
        choices=[
            SelectChoice("current", N_("The present period only")),
            SelectChoice("all", N_("Every missed period")),
            SelectChoice("none", N_("None of the missed periods")),
        ],
        validators=[QUIET],
    )

    def offer(self, skus: Sequence[SellableSku]) -> PlanForm:
        """Name what may be chosen, and take the prices that were typed; call before validating."""
        named = [(ids.show("sku", sku.id), _title(sku)) for sku in skus]
        self.sku.choices = [SelectChoice("", N_("Choose a product")), *(SelectChoice(*each) for each in named)]
        currencies = list(actor().membership.currencies) or [main_currency()]
        typed: Any = request.form if self.is_submitted() else {}
        self.prices = [
            PriceRow(code, typed.get(f"price_{code}", "").strip()[:40], typed.get(f"intro_{code}", "").strip()[:40])
            for code in currencies
        ]
        return self

    def is_fine(self) -> bool:
        """Validate, the prices too."""
        is_fine = bool(self.validate())
        self.terms_of_prices: list[PlanPriceTerms] = []
        for row in self.prices:
            try:
                price, intro = _minor(row.price, row.currency), _minor(row.intro, row.currency)
            except AppError as error:
                row.problem, is_fine = str(error.message), False
                continue
            if price is not None:
                self.terms_of_prices.append(PlanPriceTerms(currency=row.currency, unit_minor=price, intro_minor=intro))
            elif intro is not None:
                row.problem, is_fine = N_("Enter the price that follows as well."), False
        if is_fine and not self.terms_of_prices:
            self.prices[0].problem, is_fine = N_("Enter a price."), False
        return is_fine

    def terms(self) -> PlanTerms:
        """What was typed; after `is_fine`."""
        return PlanTerms(
            code=self.code.data or _code(self.name.data, self.once.data),
            name=self.name.data,
            interval=Interval(Unit(self.interval.data), self.interval_count.data),
            prices=self.terms_of_prices,
            trial_days=self.trial_days.data,
            intro_cycles=self.intro_cycles.data,
            cycle_count=self.cycle_count.data,
            anchor_day=self.anchor_day.data,
            max_quantity=self.max_quantity.data,
            retry_days=[int(day) for day in (self.retry_days.data or "").split(",") if day.strip()],
            catch_up=self.catch_up.data,
            cancel_refund=self.cancel_refund.data,
            final_step=self.final_step.data,
            change_group=(self.change_group.data or "").strip() or None,
        )

    def once_id(self, business_id: uuid.UUID) -> uuid.UUID:
        """The id of the plan that this form makes."""
        return ids.derive(business_id, self.once.data)


def _minor(text: str, currency: str) -> int | None:
    return parse_minor(text, currency) if text else None


def _title(sku: SellableSku) -> str:
    return f"{sku.product_name}: {sku.name}" if sku.name else sku.product_name


def _code(name: str, once: str) -> str:
    """A code from a name: readable, and the same for the same form."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:48]
    return f"{plain or 'plan'}-{re.sub('[^a-z0-9]', '', once.lower())[:4]}"

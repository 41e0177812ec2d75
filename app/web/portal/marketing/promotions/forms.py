"""A form for each kind of promotion: what is common to all, and the few fields of its own."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    DecimalField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from app.core import ids
from app.core.i18n.marks import N_
from app.core.ids import new_id
from app.core.money import known_currencies
from app.core.web.forms import Form, MoneyField
from app.domain.marketing.kinds import (
    Bundle,
    BuyGet,
    FirstPurchase,
    FullReduction,
    Ladder,
    LadderStep,
    MemberPrice,
    NthItem,
    Part,
    Percentage,
    Scope,
    Step,
)
from app.domain.marketing.types import Benefit, DiscountLimits, DiscountRule
from app.web.portal.currencies import currency_choices, main_currency

_MONEY = {"inputmode": "decimal", "autocomplete": "off"}
_GROUPS = Regexp(r"^[a-z0-9_, -]*$", message="Lowercase letters, digits, - and _. Separate several with commas.")


def _money(label: str, description: str = "", *, needed: bool = False) -> MoneyField:
    validators = [DataRequired("Enter an amount.")] if needed else [Optional()]
    return MoneyField(label, description=description, validators=validators, render_kw=_MONEY)


def _whole(label: str, description: str = "", *, least: int = 1, default: int | None = None) -> IntegerField:
    validators = [InputRequired() if default is not None else Optional(), NumberRange(min=least, max=10**9)]
    return IntegerField(label, description=description, default=default, validators=validators)


def _percent(label: str = "Percent off", default: int = 10) -> DecimalField:
    limits = NumberRange(min=Decimal("0.01"), max=100)
    return DecimalField(label, places=2, default=Decimal(default), validators=[InputRequired(), limits])


class PromotionForm(Form):
    """What all kinds have."""

    own: tuple[str, ...] = ()

    name = StringField(
        "Name", description="Visible to buyers.", validators=[DataRequired("Enter a name."), Length(max=80)]
    )
    currency = SelectField("Currency", choices=currency_choices, default=main_currency, validators=[DataRequired()])
    products = SelectMultipleField(
        "Products", validators=[Optional()], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    categories = SelectMultipleField(
        "Categories", validators=[Optional()], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    channels = SelectMultipleField(
        "Payment methods", validators=[Optional()], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    groups = StringField("Buyer groups", description="Empty: everybody.", validators=[Length(max=200), _GROUPS])
    minimum = _money("Minimum amount")
    starts_at = DateTimeLocalField("Starts", validators=[Optional()])
    ends_at = DateTimeLocalField("Ends", validators=[Optional()])
    max_uses_per_buyer = _whole("Orders per buyer")
    max_uses = _whole("Total orders")
    budget = _money("Budget", "Maximum total discount.")
    max_discount = _money("Maximum discount per order")
    priority = IntegerField("Priority", default=0, validators=[InputRequired(), NumberRange(min=-1000, max=1000)])
    exclusive = BooleanField("Not combinable with other promotions")

    def __init__(
        self,
        *args: Any,
        products: Sequence[Any] = (),
        categories: Sequence[Any] = (),
        channels: Sequence[tuple[str, str]] = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.channels.choices = [SelectChoice(name, title) for name, title in channels]
        self.categories.choices = [SelectChoice(each.row.code, each.row.name) for each in categories]
        self.products.choices = [SelectChoice(ids.show("prd", row.id), row.name) for row in products]

    @property
    def own_fields(self) -> list[Any]:
        """The fields of this kind alone."""
        return [self[name] for name in self.own]

    def is_fine(self) -> bool:
        """Validate; amounts are of the chosen currency."""
        currency = self.currency.data if self.currency.data in known_currencies() else "USD"
        for field in self:
            if isinstance(field, MoneyField):
                field.in_currency(currency)
        return bool(self.validate())

    def rule(self, time_zone: str) -> DiscountRule:
        """What was asked for. Times were typed in the business's zone.

        Raises:
            BadRule: it cannot be.
        """
        return DiscountRule(
            id=new_id(),
            name=self.name.data,
            benefit=self.benefit(),
            currency=self.currency.data,
            scope=self.scope(),
            buyer_groups=frozenset(filter(None, (each.strip() for each in (self.groups.data or "").split(",")))),
            channels=frozenset(self.channels.data or ()),
            starts_at=_moment(self.starts_at.data, time_zone),
            ends_at=_moment(self.ends_at.data, time_zone),
            minimum_minor=self.minimum.minor or 0,
            priority=self.priority.data,
            exclusive=self.exclusive.data,
            limits=DiscountLimits(
                budget_minor=self.budget.minor,
                max_uses=self.max_uses.data,
                max_uses_per_buyer=self.max_uses_per_buyer.data,
                max_discount_minor=self.max_discount.minor,
            ),
        )

    @property
    def product_ids(self) -> list[uuid.UUID]:
        """The chosen products."""
        return [ids.parse("prd", each) for each in self.products.data or ()]

    def scope(self) -> Scope:
        """The chosen products and what is in the chosen categories, or everything."""
        return Scope(product_ids=frozenset(self.product_ids), categories=frozenset(self.categories.data or ()))

    def benefit(self) -> Benefit:
        """What this kind gives."""
        raise NotImplementedError


class FullReductionForm(PromotionForm):
    own = ("over", "off", "repeated", "max_times")
    over = _money("Threshold", needed=True)
    off = _money("Discount", needed=True)
    repeated = BooleanField("Repeat for each multiple of the threshold")
    max_times = _whole("Maximum repetitions")

    def benefit(self) -> Benefit:
        step = Step(self.over.minor or 0, self.off.minor or 0)
        return FullReduction(steps=(step,), repeated=self.repeated.data, max_times=self.max_times.data)


class PercentageForm(PromotionForm):
    own = ("percent", "cap")
    percent = _percent()
    cap = _money("Maximum")

    def benefit(self) -> Benefit:
        return Percentage(off_bps=_bps(self.percent), cap_minor=self.cap.minor)


class LadderForm(PromotionForm):
    own = ("from_one", "percent_one", "from_two", "percent_two")
    from_one = _whole("From quantity", default=3)
    percent_one = _percent()
    from_two = _whole("Second step: from quantity")
    percent_two = DecimalField("Percent off", places=2, validators=[Optional(), NumberRange(min=0, max=100)])

    def benefit(self) -> Benefit:
        steps = [LadderStep(from_quantity=self.from_one.data, off_bps=_bps(self.percent_one))]
        if self.from_two.data and self.percent_two.data:
            steps.append(LadderStep(from_quantity=self.from_two.data, off_bps=_bps(self.percent_two)))
        return Ladder(steps=tuple(steps))


class NthItemForm(PromotionForm):
    own = ("n", "percent", "max_times")
    n = _whole("Every nth item", "For example, 2 discounts the cheaper item of each pair.", least=2, default=2)
    percent = _percent(default=50)
    max_times = _whole("Maximum repetitions")

    def benefit(self) -> Benefit:
        return NthItem(n=self.n.data, off_bps=_bps(self.percent), max_times=self.max_times.data)


class BuyGetForm(PromotionForm):
    own = ("buy", "get", "percent", "max_times")
    buy = _whole("Buy", default=2)
    get = _whole("Get", default=1)
    percent = _percent("Percent off free items", default=100)
    max_times = _whole("Maximum repetitions")

    def benefit(self) -> Benefit:
        bought, got = self.buy.data, self.get.data
        rate, most = _bps(self.percent), self.max_times.data
        return BuyGet(buy_quantity=bought, get_quantity=got, off_bps=rate, max_times=most)


class BundleForm(PromotionForm):
    own = ("price",)
    price = _money("Bundle price", "Includes one of each product selected below.", needed=True)

    def scope(self) -> Scope:
        """The parts say it."""
        return Scope()

    def benefit(self) -> Benefit:
        parts = tuple(Part(Scope(product_ids=frozenset({product_id}))) for product_id in self.product_ids)
        return Bundle(parts=parts, price_minor=self.price.minor or 0)


class MemberPriceForm(PromotionForm):
    own = ("percent",)
    percent = _percent()

    def benefit(self) -> Benefit:
        return MemberPrice(off_bps=_bps(self.percent))


class FirstPurchaseForm(PromotionForm):
    own = ("percent", "cap")
    percent = _percent()
    cap = _money("Maximum")

    def benefit(self) -> Benefit:
        return FirstPurchase(off_bps=_bps(self.percent), cap_minor=self.cap.minor)


# Kind → its form, what to call it, what it is good for.
KINDS: dict[str, tuple[type[PromotionForm], str, str]] = {
    "percentage": (PercentageForm, N_("Percentage"), N_("A percentage off everything or selected products.")),
    "full_reduction": (FullReductionForm, N_("Spend and save"), N_("10 off over 100, once or for each full 100.")),
    "ladder": (LadderForm, N_("Quantity discount"), N_("Lower unit prices for larger quantities.")),
    "nth_item": (NthItemForm, N_("Nth item"), N_("The second one at half price.")),
    "buy_get": (BuyGetForm, N_("Buy X get Y"), N_("Buy two, get one free.")),
    "bundle": (BundleForm, N_("Bundle"), N_("Selected products together at one price.")),
    "member_price": (MemberPriceForm, N_("Member price"), N_("A lower price for members of a group.")),
    "first_purchase": (FirstPurchaseForm, N_("First purchase"), N_("A discount for first-time buyers.")),
}


def _bps(field: DecimalField) -> int:
    return int(field.data * 100)


def _moment(typed: Any, time_zone: str) -> Any:
    return typed.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC) if typed is not None else None

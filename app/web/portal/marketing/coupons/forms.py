"""What a coupon template has besides what it gives, which is a promotion's form; and issuing coupons."""

from __future__ import annotations

from wtforms import BooleanField, IntegerField, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.money import known_currencies
from app.core.web.forms import Form, MoneyField
from app.domain.marketing.types import CouponPlan, IssueRule, Rule
from app.domain.orders.types import Buyer
from app.workflow.marketing.make_coupon_batch import MAX_BATCH

_GROUPS = Regexp(r"^[a-z0-9_, -]*$", message="Small letters, digits, - and _; several with commas.")
ISSUED = {
    "hand": "by hand, in batches or by your server",
    "first_order": "to a buyer whose first order is paid",
    "payment": "to a buyer whenever they pay an order",
    "segment": "to buyers of a group whenever they pay an order",
}


def _whole(label: str, description: str = "", *, most: int = 10**9) -> IntegerField:
    return IntegerField(label, description=description, validators=[Optional(), NumberRange(min=1, max=most)])


class PlanForm(Form):
    """How coupons come about, and what becomes of them."""

    shared_code = StringField(
        "Code for everybody",
        description="Empty: each coupon has a code of its own.",
        validators=[Length(max=40)],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
    listed = BooleanField("Offer it in the checkout", description="Buyers see the code without knowing it.")
    valid_days = _whole("Good for so many days from then", most=3650)
    max_issued = _whole("Coupons altogether")
    max_issued_per_buyer = _whole("Coupons of one buyer")
    issue_on = SelectField(
        "When one is issued",
        validators=[DataRequired()],
        choices=[SelectChoice(*each) for each in ISSUED.items()],
        default="hand",
    )
    issue_minimum = MoneyField(
        "For orders of at least", validators=[Optional()], render_kw={"inputmode": "decimal", "autocomplete": "off"}
    )
    issue_groups = StringField("For buyers of the groups", validators=[Length(max=200), _GROUPS])
    identify_by = SelectMultipleField(
        "A buyer is known again by",
        choices=[
            SelectChoice("account", "account"),
            SelectChoice("email", "e-mail address, aliases too"),
            SelectChoice("device", "device"),
        ],
        default=["account", "email"],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    refund_rule = SelectField(
        "After a full refund",
        validators=[DataRequired()],
        choices=[SelectChoice("keep", "it stays used"), SelectChoice("return", "it can be used again")],
        default="keep",
    )
    mixes = BooleanField("Together with promotions", default=True)

    def is_fine(self, currency: str | None) -> bool:
        """Validate; amounts are of the chosen currency."""
        self.issue_minimum.in_currency(currency if currency in known_currencies() else "USD")
        return bool(self.validate())

    def plan(self, rule: Rule) -> CouponPlan:
        """What was asked for.

        Raises:
            BadRule: it cannot be.
        """
        groups = filter(None, (each.strip() for each in (self.issue_groups.data or "").split(",")))
        return CouponPlan(
            rule=rule,
            shared_code=(self.shared_code.data or "").strip() or None,
            listed=self.listed.data,
            valid_days=self.valid_days.data,
            max_issued=self.max_issued.data,
            max_issued_per_buyer=self.max_issued_per_buyer.data,
            identify_by=frozenset(self.identify_by.data or ()),
            refund_rule=self.refund_rule.data,
            issue=IssueRule(
                on=self.issue_on.data, minimum_minor=self.issue_minimum.minor or 0, groups=frozenset(groups)
            ),
        )


class IssueForm(Form):
    """A coupon for one buyer, or for whoever has its code."""

    buyer = StringField("Buyer", description="Empty: whoever has the code.", validators=[Length(max=120)])
    email = StringField("E-mail address", validators=[Optional(), Email(), Length(max=254)])

    def whose(self) -> Buyer | None:
        """The buyer that was named."""
        reference = (self.buyer.data or "").strip()
        return Buyer(reference=reference, email=self.email.data or None) if reference else None


class BatchForm(Form):
    """Many codes at once."""

    count = IntegerField("How many", validators=[InputRequired("How many?"), NumberRange(min=1, max=MAX_BATCH)])
    note = StringField("What for", validators=[Length(max=120)])

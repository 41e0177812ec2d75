"""What a coupon template has besides what it gives, which is a promotion's form; and issuing coupons."""

from __future__ import annotations

from wtforms import BooleanField, IntegerField, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.i18n.marks import N_
from app.core.money import known_currencies
from app.core.web.forms import Form, MoneyField
from app.domain.marketing.types import CouponPlan, DiscountRule, IssueRule
from app.domain.orders.types import Buyer
from app.workflow.marketing.make_coupon_batch import MAX_BATCH

_GROUPS = Regexp(r"^[a-z0-9_, -]*$", message="Lowercase letters, digits, - and _. Separate several with commas.")
ISSUED = {
    "manual": N_("manually, in batches or by your server"),
    "first_order": N_("to a buyer after their first paid order"),
    "payment": N_("to a buyer after each paid order"),
    "segment": N_("to buyers of a group after each paid order"),
}


def _whole(label: str, description: str = "", *, most: int = 10**9) -> IntegerField:
    return IntegerField(label, description=description, validators=[Optional(), NumberRange(min=1, max=most)])


class PlanForm(Form):
    """How coupons come about, and what becomes of them."""

    shared_code = StringField(
        "Shared code",
        description="Leave empty to give each coupon its own code.",
        validators=[Length(max=40)],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
    listed = BooleanField("Offer it in the checkout", description="Buyers see the code in checkout.")
    valid_days = _whole("Valid for (days)", most=3650)
    max_issued = _whole("Total coupons")
    max_issued_per_buyer = _whole("Coupons per buyer")
    issue_on = SelectField(
        "Issue",
        validators=[DataRequired()],
        choices=[SelectChoice(*each) for each in ISSUED.items()],
        default="manual",
    )
    issue_minimum = MoneyField(
        "Minimum order amount", validators=[Optional()], render_kw={"inputmode": "decimal", "autocomplete": "off"}
    )
    issue_groups = StringField("Buyer groups", validators=[Length(max=200), _GROUPS])
    identify_by = SelectMultipleField(
        "Recognise buyers by",
        choices=[
            SelectChoice("account", "account"),
            SelectChoice("email", "email address, including aliases"),
            SelectChoice("device", "device"),
        ],
        default=["account", "email"],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    refund_rule = SelectField(
        "After a full refund",
        validators=[DataRequired()],
        choices=[SelectChoice("keep", "the coupon stays used"), SelectChoice("return", "the coupon can be used again")],
        default="keep",
    )
    combinable = BooleanField("Combinable with promotions", default=True)

    def is_fine(self, currency: str | None) -> bool:
        """Validate; amounts are of the chosen currency."""
        self.issue_minimum.in_currency(currency if currency in known_currencies() else "USD")
        return bool(self.validate())

    def plan(self, rule: DiscountRule) -> CouponPlan:
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

    buyer = StringField("Buyer", description="Leave empty for anyone with the code.", validators=[Length(max=120)])
    email = StringField("Email address", validators=[Optional(), Email(), Length(max=254)])

    def whose(self) -> Buyer | None:
        """The buyer that was named."""
        reference = (self.buyer.data or "").strip()
        return Buyer(reference=reference, email=self.email.data or None) if reference else None


class BatchForm(Form):
    """Many codes at once."""

    count = IntegerField("Quantity", validators=[InputRequired("Enter a quantity."), NumberRange(min=1, max=MAX_BATCH)])
    note = StringField("Note", validators=[Length(max=120)])

"""Coupon templates: what coupons give, to whom and when."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    AmountMinor,
    Answer,
    CouponCode,
    Currency,
    Moment,
    MomentIn,
    OneOf,
    Shape,
    ShortText,
    moment_in,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.api.v1.marketing.coupon_benefits import Benefit, Scope, benefit_of, scope_of, with_shown_ids
from app.api.v1.parts import BuyerGroup
from app.core.errors import Invalid
from app.core.ids import parse, show
from app.domain.marketing.states import TemplateStatus
from app.domain.marketing.types import CouponPlan, DiscountLimits, DiscountRule, IssueRule
from app.read.marketing import coupons
from app.workflow.marketing import manage_coupons

Count = Annotated[int, Field(ge=1, le=1_000_000_000)]


class IssueRequest(Shape):
    """When a coupon is issued by itself."""

    on: Annotated[
        Literal["manual", "first_order", "payment", "segment"],
        Field(
            description="When coupons are issued: `first_order` after a buyer’s first paid order, `payment` after "
            "every paid order, `segment` after every paid order of buyers in `groups`, `manual` never."
        ),
    ] = "manual"
    minimum_minor: Annotated[AmountMinor | None, Field(description="Minimum order amount.")] = None
    groups: Annotated[list[BuyerGroup], Field(max_length=20)] = []


class CouponTemplateRequest(Shape):
    """A coupon template to be made."""

    name: Annotated[ShortText, Field(max_length=80, description="Visible to buyers. No colons.")]
    benefit: Benefit
    currency: Annotated[Currency | None, Field(description="Required if any amount is set.")] = None
    scope: Annotated[Scope | None, Field(description="Absent: everything.")] = None
    buyer_groups: Annotated[list[BuyerGroup], Field(max_length=20, description="Empty: everybody.")] = []
    minimum_minor: AmountMinor | None = None
    max_discount_minor: Annotated[AmountMinor | None, Field(description="Per order.")] = None
    shared_code: Annotated[
        CouponCode | None, Field(description="Shared code. Absent: each coupon has its own code.")
    ] = None
    listed: Annotated[bool, Field(description="Show the shared code in checkout.")] = False
    starts_at: MomentIn | None = None
    ends_at: MomentIn | None = None
    valid_days: Annotated[int | None, Field(ge=1, le=3650, description="Counted from the time of issue.")] = None
    max_uses: Annotated[Count | None, Field(description="Maximum number of orders.")] = None
    max_uses_per_buyer: Count | None = None
    budget_minor: Annotated[AmountMinor | None, Field(description="Total budget of all coupons.")] = None
    max_issued: Count | None = None
    max_issued_per_buyer: Count | None = None
    identify_by: Annotated[
        list[Literal["account", "email", "device"]],
        Field(min_length=1, max_length=3, description="How to recognise buyers."),
    ] = ["account", "email"]
    exclusive: Annotated[bool, Field(description="Cannot be combined with other coupons.")] = False
    combinable: Annotated[bool, Field(description="Can be combined with promotions.")] = True
    exclusion_group: Annotated[str | None, Field(pattern="^[a-z0-9_-]{1,40}$")] = None
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    refund_rule: Annotated[
        Literal["keep", "return"], Field(description="Whether a coupon can be used again after a full refund.")
    ] = "keep"
    issue: IssueRequest = IssueRequest()


class StatusRequest(Shape):
    """Where a template is to stand."""

    status: Annotated[str, OneOf((TemplateStatus.ACTIVE, TemplateStatus.PAUSED, TemplateStatus.ENDED))]


class CouponTemplate(Answer):
    """A coupon template."""

    id: str
    name: str
    status: Annotated[str, OneOf(TemplateStatus)]
    summary: Annotated[str, Field(description="Human-readable summary.")]
    kind: str
    benefit: Annotated[dict[str, Any], Field(description="As sent; a fixed amount off becomes a `full_reduction`.")]
    currency: str | None
    shared_code: str | None
    listed: bool
    starts_at: Moment | None
    ends_at: Moment | None
    valid_days: int | None
    max_uses: int | None
    max_uses_per_buyer: int | None
    budget_minor: int | None
    max_issued: int | None
    max_issued_per_buyer: int | None
    uses: Annotated[int | None, Field(description="Orders that reserve or have used one; null without a limit.")]
    spent_minor: Annotated[int | None, Field(description="Their total discount; null without a limit.")]
    issued: Annotated[int | None, Field(description="Coupons issued; null without a quota.")]
    identify_by: list[str]
    refund_rule: Literal["keep", "return"]
    issue_on: Literal["manual", "first_order", "payment", "segment"]
    created_at: Moment


class TemplateQuery(ListQuery):
    """What a list of templates may be narrowed by."""

    status: Annotated[str, OneOf(TemplateStatus)] | None = None


@v1.get(
    "/coupon_templates",
    query=TemplateQuery,
    answer=Page[CouponTemplate],
    permission="coupons.read",
    tag="Coupons",
)
def list_coupon_templates(caller: KeyCaller, query: TemplateQuery) -> Page[CouponTemplate]:
    """List coupon templates.

    Newest first.
    """
    found = coupons.list_templates(
        caller.business_id, status=query.status or "", after=query.after(), limit=query.limit
    )
    return page_of(found, limit=query.limit, item=_template, key=lambda card: (card.row.created_at, card.row.id))


@v1.post(
    "/coupon_templates",
    body=CouponTemplateRequest,
    answer=CouponTemplate,
    status=201,
    permission="coupons.write",
    idempotent=True,
    tag="Coupons",
    errors=("invalid_coupon", "invalid_promotion", "coupon_code_taken", "unknown_currency"),
)
def create_coupon_template(
    caller: KeyCaller, body: CouponTemplateRequest, claim_id: UUID
) -> Callable[[], CouponTemplate]:
    """Make a coupon template.

    It is a draft until it is switched on. What it gives never changes: end it and make another.
    """
    manage_coupons.create_template(caller.business_id, _plan(body, claim_id), actor=caller.actor)
    return lambda: _template(coupons.get_template(caller.business_id, claim_id))


@v1.get("/coupon_templates/{template_id}", answer=CouponTemplate, permission="coupons.read", tag="Coupons")
def get_coupon_template(caller: KeyCaller, template_id: str) -> CouponTemplate:
    """Get a coupon template."""
    return _template(coupons.get_template(caller.business_id, parse("cpt", template_id)))


@v1.post(
    "/coupon_templates/{template_id}/status",
    body=StatusRequest,
    answer=CouponTemplate,
    permission="coupons.write",
    tag="Coupons",
    errors=("illegal_state", "version_conflict", "too_many_coupon_templates", "coupon_code_taken"),
)
def set_coupon_template_status(caller: KeyCaller, template_id: str, body: StatusRequest) -> CouponTemplate:
    """Switch a coupon template on, off for now, or off for good.

    Orders keep their price, and coupons that orders hold stay held.
    """
    known_id = parse("cpt", template_id)
    manage_coupons.transition_template(caller.business_id, known_id, body.status, actor=caller.actor)
    return _template(coupons.get_template(caller.business_id, known_id))


def _plan(body: CouponTemplateRequest, template_id: UUID) -> CouponPlan:
    if body.issue.minimum_minor and body.currency is None:
        raise Invalid("invalid_coupon", "An amount needs its currency.", details={"param": "currency"})
    rule = DiscountRule(
        id=template_id,
        name=body.name,
        benefit=benefit_of(body.benefit),
        currency=body.currency,
        scope=scope_of(body.scope),
        buyer_groups=frozenset(body.buyer_groups),
        starts_at=moment_in(body.starts_at),
        ends_at=moment_in(body.ends_at),
        minimum_minor=body.minimum_minor or 0,
        priority=body.priority,
        exclusive=body.exclusive,
        combinable=body.combinable,
        exclusion_group=body.exclusion_group,
        limits=DiscountLimits(
            budget_minor=body.budget_minor,
            max_uses=body.max_uses,
            max_uses_per_buyer=body.max_uses_per_buyer,
            max_discount_minor=body.max_discount_minor,
        ),
    )
    return CouponPlan(
        rule=rule,
        shared_code=body.shared_code,
        listed=body.listed,
        valid_days=body.valid_days,
        max_issued=body.max_issued,
        max_issued_per_buyer=body.max_issued_per_buyer,
        identify_by=frozenset(body.identify_by),
        refund_rule=body.refund_rule,
        issue=IssueRule(
            on=body.issue.on, minimum_minor=body.issue.minimum_minor or 0, groups=frozenset(body.issue.groups)
        ),
    )


def _template(card: coupons.Card) -> CouponTemplate:
    row = card.row
    same = (
        "name", "status", "kind", "currency", "shared_code", "listed", "valid_days", "max_uses",
        "max_uses_per_buyer", "budget_minor", "max_issued", "max_issued_per_buyer", "identify_by", "refund_rule",
        "issue_on",
    )  # fmt: skip
    is_counted = row.budget_minor is not None or row.max_uses is not None
    return CouponTemplate(
        id=show("cpt", row.id),
        summary=card.words,
        benefit=with_shown_ids(row.benefit),
        starts_at=moment_text(row.starts_at),
        ends_at=moment_text(row.ends_at),
        created_at=moment_text(row.created_at),
        uses=row.uses if is_counted else None,
        spent_minor=row.spent_minor if is_counted else None,
        issued=row.issued if row.max_issued is not None else None,
        **{name: getattr(row, name) for name in same},
    )

"""Promotions: what everybody gets without a code."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    AmountMinor,
    Answer,
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
from app.api.v1.marketing.coupon_templates import Count
from app.api.v1.parts import BuyerGroup
from app.core.ids import parse, show
from app.domain.marketing.states import PromotionStatus
from app.domain.marketing.types import DiscountLimits, DiscountRule
from app.read.marketing import promotions
from app.workflow.marketing import manage_promotions

ChannelName = Annotated[str, Field(pattern="^[a-z0-9_]{1,40}$", examples=["wallet"])]
EXAMPLE: Any = {"name": "Summer", "benefit": {"kind": "percentage", "off_bps": 1000}, "ends_at": "2099-09-01T00:00:00Z"}


class PromotionRequest(Shape):
    """A promotion to be made."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    name: Annotated[ShortText, Field(max_length=80, description="Visible to buyers. No colons.")]
    benefit: Benefit
    currency: Annotated[Currency | None, Field(description="Required if any amount is set.")] = None
    scope: Annotated[Scope | None, Field(description="Absent: everything.")] = None
    buyer_groups: Annotated[list[BuyerGroup], Field(max_length=20, description="Empty: everybody.")] = []
    channels: Annotated[
        list[ChannelName], Field(max_length=50, description="Only for payments with one of these channels. Empty: all.")
    ] = []
    starts_at: MomentIn | None = None
    ends_at: MomentIn | None = None
    minimum_minor: Annotated[AmountMinor | None, Field(description="Minimum order amount.")] = None
    max_discount_minor: Annotated[AmountMinor | None, Field(description="Per order.")] = None
    max_uses: Annotated[Count | None, Field(description="Maximum number of orders.")] = None
    max_uses_per_buyer: Count | None = None
    budget_minor: Annotated[AmountMinor | None, Field(description="Total budget.")] = None
    exclusive: Annotated[bool, Field(description="Cannot be combined with other promotions.")] = False
    exclusion_group: Annotated[
        str | None, Field(pattern="^[a-z0-9_-]{1,40}$", description="Only one promotion per group applies.")
    ] = None
    priority: Annotated[int, Field(ge=-1000, le=1000, description="Higher priorities apply first.")] = 0


class PromotionStatusRequest(Shape):
    """Where a promotion is to stand."""

    status: Annotated[str, OneOf((PromotionStatus.ACTIVE, PromotionStatus.PAUSED, PromotionStatus.ENDED))]


class Promotion(Answer):
    """A promotion."""

    id: str
    name: str
    status: Annotated[str, OneOf(PromotionStatus)]
    summary: Annotated[str, Field(description="Human-readable summary.")]
    kind: str
    benefit: Annotated[dict[str, Any], Field(description="As sent; a fixed amount off becomes a `full_reduction`.")]
    currency: str | None
    scope: Annotated[dict[str, Any], Field(description="As sent; empty: everything.")]
    buyer_groups: list[str]
    channels: list[str]
    starts_at: Moment | None
    ends_at: Moment | None
    minimum_minor: int
    max_discount_minor: int | None
    max_uses: int | None
    max_uses_per_buyer: int | None
    budget_minor: int | None
    exclusive: bool
    exclusion_group: str | None
    priority: int
    uses: Annotated[int | None, Field(description="Number of orders that use it; null without a limit.")]
    spent_minor: Annotated[int | None, Field(description="Their total discount; null without a limit.")]
    created_at: Moment


class PromotionQuery(ListQuery):
    """What a list of promotions may be narrowed by."""

    status: Annotated[str, OneOf(PromotionStatus)] | None = None


@v1.get("/promotions", query=PromotionQuery, answer=Page[Promotion], permission="promotions.read", tag="Promotions")
def list_promotions(caller: KeyCaller, query: PromotionQuery) -> Page[Promotion]:
    """List promotions.

    Newest first.
    """
    found = promotions.newest_promotions(
        caller.business_id, status=query.status or "", after=query.after(), limit=query.limit
    )
    return page_of(found, limit=query.limit, item=_promotion, key=lambda card: (card.row.created_at, card.row.id))


@v1.post(
    "/promotions",
    body=PromotionRequest,
    answer=Promotion,
    status=201,
    permission="promotions.write",
    idempotent=True,
    tag="Promotions",
    errors=("invalid_promotion", "unknown_currency", "unknown_channel", "not_found"),
)
def create_promotion(caller: KeyCaller, body: PromotionRequest, claim_id: UUID) -> Callable[[], Promotion]:
    """Make a promotion.

    It is a draft until it is switched on. What it gives never changes: end it and make another.
    """
    manage_promotions.create_promotion(caller.business_id, _rule(body, claim_id), actor=caller.actor)
    return lambda: _promotion(promotions.get_promotion(caller.business_id, claim_id))


@v1.get("/promotions/{promotion_id}", answer=Promotion, permission="promotions.read", tag="Promotions")
def get_promotion(caller: KeyCaller, promotion_id: str) -> Promotion:
    """Get a promotion."""
    return _promotion(promotions.get_promotion(caller.business_id, parse("prm", promotion_id)))


@v1.post(
    "/promotions/{promotion_id}/status",
    body=PromotionStatusRequest,
    answer=Promotion,
    permission="promotions.write",
    tag="Promotions",
    errors=("illegal_state", "version_conflict", "too_many_promotions"),
)
def set_promotion_status(caller: KeyCaller, promotion_id: str, body: PromotionStatusRequest) -> Promotion:
    """Switch a promotion on, off for now, or off for good.

    Orders keep their price.
    """
    known_id = parse("prm", promotion_id)
    manage_promotions.transition_promotion(caller.business_id, known_id, body.status, actor=caller.actor)
    return _promotion(promotions.get_promotion(caller.business_id, known_id))


def _rule(body: PromotionRequest, promotion_id: UUID) -> DiscountRule:
    return DiscountRule(
        id=promotion_id,
        name=body.name,
        benefit=benefit_of(body.benefit),
        currency=body.currency,
        scope=scope_of(body.scope),
        buyer_groups=frozenset(body.buyer_groups),
        channels=frozenset(body.channels),
        starts_at=moment_in(body.starts_at),
        ends_at=moment_in(body.ends_at),
        minimum_minor=body.minimum_minor or 0,
        priority=body.priority,
        exclusive=body.exclusive,
        exclusion_group=body.exclusion_group,
        limits=DiscountLimits(
            budget_minor=body.budget_minor,
            max_uses=body.max_uses,
            max_uses_per_buyer=body.max_uses_per_buyer,
            max_discount_minor=body.max_discount_minor,
        ),
    )


def _promotion(card: promotions.Card) -> Promotion:
    row = card.row
    same = (
        "name", "status", "kind", "currency", "buyer_groups", "channels", "minimum_minor", "max_discount_minor",
        "max_uses", "max_uses_per_buyer", "budget_minor", "exclusive", "exclusion_group", "priority",
    )  # fmt: skip
    is_counted = row.budget_minor is not None or row.max_uses is not None
    return Promotion(
        id=show("prm", row.id),
        summary=card.words,
        benefit=with_shown_ids(row.benefit),
        scope=with_shown_ids(row.scope),
        starts_at=moment_text(row.starts_at),
        ends_at=moment_text(row.ends_at),
        created_at=moment_text(row.created_at),
        uses=row.uses if is_counted else None,
        spent_minor=row.spent_minor if is_counted else None,
        **{name: getattr(row, name) for name in same},
    )

"""What is sent and answered about campaigns."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.kit.pagination import ListQuery
from app.api.kit.shapes import (
    PRINTABLE,
    AmountMinor,
    Answer,
    AnyAmountMinor,
    Currency,
    Moment,
    MomentIn,
    OneOf,
    Shape,
    ShortText,
)
from app.api.v1.parts import BuyerGroup
from app.domain.marketing.campaigns.states import CampaignStatus
from app.domain.marketing.campaigns.types import TRIGGERS

Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Orders = Annotated[int, Field(ge=0, le=1_000_000)]
Utm = Annotated[str, Field(min_length=1, max_length=100), PRINTABLE]
CampaignTrigger = Annotated[
    str,
    OneOf(TRIGGERS),
    Field(
        description="`sign_up` when a buyer is created, `first_visit` at a buyer’s first checkout session, `birthday` "
        "(the buyer’s attribute `birthday`, as YYYY-MM-DD or MM-DD), `nth_order`, `win_back` some days after the last "
        "order, `channel` after a visit with these UTM values, `abandoned_checkout`, `segment` for every buyer in "
        "`audience`, `file` for `references`."
    ),
]


class Occasion(Shape):
    """What the trigger asks for; members of other triggers are refused."""

    days_before: Annotated[int | None, Field(ge=0, le=60, description="`birthday`: days before it. Default 0.")] = None
    number: Annotated[int | None, Field(ge=1, le=1000, description="`nth_order`: which paid order. Default 2.")] = None
    days: Annotated[
        int | None, Field(ge=1, le=720, description="`win_back`: days since the last order. Default 90.")
    ] = None
    within_days: Annotated[
        int | None, Field(ge=1, le=1095, description="`win_back`: and no more than this. Default 365.")
    ] = None
    hours: Annotated[
        int | None, Field(ge=1, le=720, description="`abandoned_checkout`: hours since it began. Default 24.")
    ] = None
    source: Annotated[Utm | None, Field(description="`channel`: `utm_source`.")] = None
    medium: Annotated[Utm | None, Field(description="`channel`: `utm_medium`.")] = None
    campaign: Annotated[Utm | None, Field(description="`channel`: `utm_campaign`.")] = None
    references: Annotated[
        list[ShortText] | None, Field(max_length=10_000, description="`file`: your references for the buyers.")
    ] = None


class CampaignAudience(Shape):
    """What narrows buyers besides the occasion."""

    groups: Annotated[list[BuyerGroup], Field(max_length=20, description="In one of these groups.")] = []
    min_orders: Annotated[Orders | None, Field(description="At least so many paid orders.")] = None
    max_orders: Annotated[Orders | None, Field(description="At most so many paid orders.")] = None


class CampaignRequest(Shape):
    """A campaign to be made."""

    name: Annotated[ShortText, Field(max_length=80, examples=["Win back"])]
    trigger: CampaignTrigger
    coupon_template_id: Annotated[str, Field(description="What it issues; a template without a shared code.")]
    occasion: Occasion = Occasion()
    audience: CampaignAudience = CampaignAudience()
    holdout_bps: Annotated[
        int, Field(ge=0, le=5000, description="Share of buyers who get nothing, for comparison, in basis points.")
    ] = 0
    max_issued: Annotated[Count | None, Field(description="Ends when so many coupons are issued.")] = None
    budget_minor: Annotated[
        AmountMinor | None, Field(description="Ends when its coupons took off so much. Needs `currency`.")
    ] = None
    currency: Currency | None = None
    window_days: Annotated[
        int, Field(ge=1, le=365, description="Orders within so many days count as results. Default 30.")
    ] = 30
    starts_at: MomentIn | None = None
    ends_at: MomentIn | None = None


class CampaignChange(Shape):
    """What a campaign that has not started shall be; members that are absent stay as they are."""

    name: Annotated[ShortText | None, Field(max_length=80)] = None
    coupon_template_id: str | None = None
    occasion: Occasion | None = None
    audience: CampaignAudience | None = None
    holdout_bps: Annotated[int | None, Field(ge=0, le=5000)] = None
    max_issued: Count | None = None
    budget_minor: AmountMinor | None = None
    currency: Currency | None = None
    window_days: Annotated[int | None, Field(ge=1, le=365)] = None
    starts_at: MomentIn | None = None
    ends_at: MomentIn | None = None


class CampaignStatusRequest(Shape):
    """Where a campaign shall stand."""

    status: Annotated[
        Literal["draft", "scheduled", "running", "paused", "ended"],
        Field(description="`scheduled` waits for `starts_at`; `draft` takes that back; `ended` is for good."),
    ]


class Campaign(Answer):
    """Which coupons go to whom, on which occasion."""

    id: str
    name: str
    status: Annotated[str, OneOf(CampaignStatus)]
    trigger: CampaignTrigger
    coupon_template_id: str
    occasion: Annotated[dict[str, Any], Field(description="What the trigger asks for, complete.")]
    audience: CampaignAudience
    holdout_bps: int
    max_issued: int | None
    budget_minor: AnyAmountMinor | None
    currency: Currency | None
    window_days: int
    issued: Annotated[int, Field(description="Coupons issued so far.")]
    held_out: Annotated[int, Field(description="Buyers who got nothing, for comparison.")]
    refused: Annotated[int, Field(description="Buyers beyond a limit per buyer.")]
    starts_at: Moment | None
    ends_at: Moment | None
    started_at: Moment | None
    created_at: Moment


class CampaignQuery(ListQuery):
    """What a list of campaigns may be narrowed by."""

    status: Annotated[str, OneOf(CampaignStatus)] | None = None


class CampaignBuyer(Answer):
    """A buyer whom the campaign would reach."""

    buyer_reference: str
    occasion: Annotated[str, Field(description="`once`, or what it is about, such as a year or an order.")]


class CampaignPreview(Answer):
    """Whom the campaign would reach if it ran now."""

    count: Annotated[int, Field(description="How many, counted up to 10,000.")]
    buyers: Annotated[list[CampaignBuyer], Field(description="The first twenty, by reference.")]


class CampaignSide(Answer):
    """Buyers with a coupon, or those held out."""

    buyers: int
    bought: Annotated[int, Field(description="Of them, with a paid order within `window_days`.")]
    orders: Annotated[int, Field(description="Their paid orders within `window_days`.")]


class CampaignMoney(Answer):
    """What coupons of the campaign gave, and their orders brought, in one currency."""

    currency: Currency
    discount_minor: Annotated[AnyAmountMinor, Field(description="Taken off paid orders by the coupons.")]
    revenue_minor: Annotated[AnyAmountMinor, Field(description="Paid for these orders, less refunds.")]


class CampaignResults(Answer):
    """What came of a campaign."""

    issued: CampaignSide
    held_out: CampaignSide
    refused: int
    used: Annotated[int, Field(description="Coupons used by paid orders.")]
    money: list[CampaignMoney]
    expected: Annotated[
        int | None,
        Field(description="Buyers with a coupon who would have bought anyway, by the rate of those held out."),
    ]
    additional: Annotated[
        int | None, Field(description="Buyers with a coupon who bought, less `expected`; null without a holdout.")
    ]


class CampaignEntry(Answer):
    """What a campaign decided about a buyer on an occasion."""

    id: str
    buyer_reference: str
    occasion: str
    outcome: Literal["issued", "held_out", "refused"]
    reason: Annotated[str, Field(description="Why it was refused: `same_email` or `limit_per_buyer`.")]
    coupon_id: str | None
    coupon_status: str | None
    order_id: Annotated[str | None, Field(description="The first paid order within `window_days`.")]
    created_at: Moment


class EntryQuery(ListQuery):
    """What a list of entries may be narrowed by."""

    outcome: Literal["issued", "held_out", "refused"] | None = None
    bought: Annotated[Literal["true", "false"] | None, Field(description="With a paid order in time.")] = None

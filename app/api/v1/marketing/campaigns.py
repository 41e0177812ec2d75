"""Campaigns: coupons issued by themselves to buyers whom an occasion makes fit."""

from collections.abc import Callable
from uuid import UUID

from app.api.kit.pagination import Page, page_of
from app.api.kit.shapes import moment_in, moment_text
from app.api.v1.api import KeyCaller, v1
from app.api.v1.marketing.campaign_shapes import (
    Campaign,
    CampaignAudience,
    CampaignBuyer,
    CampaignChange,
    CampaignEntry,
    CampaignMoney,
    CampaignPreview,
    CampaignQuery,
    CampaignRequest,
    CampaignResults,
    CampaignSide,
    CampaignStatusRequest,
    EntryQuery,
)
from app.core.ids import parse, show
from app.domain.marketing.campaigns.types import (
    Audience,
    CampaignPlan,
    read_audience,
    shown_occasion,
    trigger_of,
)
from app.read.marketing import campaigns
from app.workflow.marketing import manage_campaigns

_ERRORS = ("invalid_campaign", "unknown_currency", "coupon_not_issued", "not_found")


@v1.get("/campaigns", query=CampaignQuery, answer=Page[Campaign], permission="coupons.read", tag="Campaigns")
def list_campaigns(caller: KeyCaller, query: CampaignQuery) -> Page[Campaign]:
    """List campaigns.

    Newest first.
    """
    found = campaigns.list_campaigns(caller.business_id, status=query.status, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_campaign, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/campaigns",
    body=CampaignRequest,
    answer=Campaign,
    status=201,
    permission="coupons.write",
    idempotent=True,
    tag="Campaigns",
    errors=_ERRORS,
)
def create_campaign(caller: KeyCaller, body: CampaignRequest, claim_id: UUID) -> Callable[[], Campaign]:
    """Make a campaign.

    It is a draft until it is scheduled or started.
    """
    manage_campaigns.create_campaign(caller.business_id, _plan(body), actor=caller.actor, campaign_id=claim_id)
    return lambda: _campaign(campaigns.get_campaign(caller.business_id, claim_id))


@v1.get("/campaigns/{campaign_id}", answer=Campaign, permission="coupons.read", tag="Campaigns")
def get_campaign(caller: KeyCaller, campaign_id: str) -> Campaign:
    """Get a campaign."""
    return _campaign(campaigns.get_campaign(caller.business_id, parse("cmp", campaign_id)))


@v1.patch(
    "/campaigns/{campaign_id}",
    body=CampaignChange,
    answer=Campaign,
    permission="coupons.write",
    tag="Campaigns",
    errors=(*_ERRORS, "campaign_started"),
)
def change_campaign(caller: KeyCaller, campaign_id: str, body: CampaignChange) -> Campaign:
    """Change a campaign that has not started.

    Duplicate one that has. Null takes a limit or a moment away.
    """
    now = campaigns.get_campaign(caller.business_id, parse("cmp", campaign_id))
    manage_campaigns.change_campaign(caller.business_id, now.id, _changed(now, body))
    return _campaign(campaigns.get_campaign(caller.business_id, now.id))


@v1.post(
    "/campaigns/{campaign_id}/duplicate",
    answer=Campaign,
    status=201,
    permission="coupons.write",
    idempotent=True,
    tag="Campaigns",
    errors=("not_found",),
)
def duplicate_campaign(caller: KeyCaller, campaign_id: str, claim_id: UUID) -> Callable[[], Campaign]:
    """Duplicate a campaign.

    The copy is a draft without dates.
    """
    manage_campaigns.duplicate_campaign(
        caller.business_id, parse("cmp", campaign_id), actor=caller.actor, copy_id=claim_id
    )
    return lambda: _campaign(campaigns.get_campaign(caller.business_id, claim_id))


@v1.post(
    "/campaigns/{campaign_id}/status",
    body=CampaignStatusRequest,
    answer=Campaign,
    permission="coupons.write",
    tag="Campaigns",
    errors=("illegal_state", "version_conflict", "invalid_campaign", "coupon_not_issued", "limit_reached"),
)
def set_campaign_status(caller: KeyCaller, campaign_id: str, body: CampaignStatusRequest) -> Campaign:
    """Schedule, start, pause or end a campaign.

    Coupons that were issued stay.
    """
    known_id = parse("cmp", campaign_id)
    manage_campaigns.transition_campaign(caller.business_id, known_id, body.status, actor=caller.actor)
    return _campaign(campaigns.get_campaign(caller.business_id, known_id))


@v1.get("/campaigns/{campaign_id}/preview", answer=CampaignPreview, permission="buyers.read", tag="Campaigns")
def preview_campaign(caller: KeyCaller, campaign_id: str) -> CampaignPreview:
    """Preview whom a campaign would reach now.

    Nothing is issued. Of an occasion that counts from the start, nothing has happened before it.
    """
    found = campaigns.preview(caller.business_id, parse("cmp", campaign_id))
    buyers = [
        CampaignBuyer(buyer_reference=each.reference, occasion=shown_occasion(found.trigger, each.occasion))
        for each in found.sample
    ]
    return CampaignPreview(count=found.count, buyers=buyers)


@v1.get("/campaigns/{campaign_id}/results", answer=CampaignResults, permission="coupons.read", tag="Campaigns")
def get_campaign_results(caller: KeyCaller, campaign_id: str) -> CampaignResults:
    """Get the results of a campaign."""
    found = campaigns.results(caller.business_id, parse("cmp", campaign_id))
    return CampaignResults(
        issued=_side(found.issued),
        held_out=_side(found.held_out),
        refused=found.refused,
        used=found.used,
        money=[CampaignMoney(**vars(each)) for each in found.money],
        expected=found.expected,
        additional=found.additional,
    )


@v1.get(
    "/campaigns/{campaign_id}/entries",
    query=EntryQuery,
    answer=Page[CampaignEntry],
    permission="buyers.read",
    tag="Campaigns",
)
def list_campaign_entries(caller: KeyCaller, campaign_id: str, query: EntryQuery) -> Page[CampaignEntry]:
    """List what a campaign decided.

    Newest first: each buyer and occasion, once.
    """
    found = campaigns.list_entries(
        caller.business_id,
        parse("cmp", campaign_id),
        outcome=query.outcome or "",
        bought=None if query.bought is None else query.bought == "true",
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_entry, key=lambda row: (row.created_at, row.id))


def _plan(body: CampaignRequest) -> CampaignPlan:
    same = ("name", "holdout_bps", "max_issued", "budget_minor", "currency", "window_days")
    return CampaignPlan(
        **{name: getattr(body, name) for name in same},
        trigger=trigger_of(body.trigger),
        template_id=parse("cpt", body.coupon_template_id),
        occasion=body.occasion.model_dump(exclude_none=True),
        audience=_audience(body.audience),
        starts_at=moment_in(body.starts_at),
        ends_at=moment_in(body.ends_at),
    )


def _changed(now: campaigns.CampaignRow, body: CampaignChange) -> CampaignPlan:
    given = body.model_fields_set
    same = ("name", "holdout_bps", "max_issued", "budget_minor", "currency", "window_days")
    may_be_null = {"max_issued", "budget_minor", "currency"}
    values = {name: getattr(now, name) for name in same}
    values |= {
        name: value
        for name in same
        if name in given and ((value := getattr(body, name)) is not None or name in may_be_null)
    }
    occasion = now.occasion if body.occasion is None else body.occasion.model_dump(exclude_none=True)
    return CampaignPlan(
        **values,
        trigger=trigger_of(now.trigger),
        template_id=parse("cpt", body.coupon_template_id) if body.coupon_template_id else now.template_id,
        occasion=occasion,
        audience=read_audience(now.audience) if body.audience is None else _audience(body.audience),
        starts_at=moment_in(body.starts_at) if "starts_at" in given else now.starts_at,
        ends_at=moment_in(body.ends_at) if "ends_at" in given else now.ends_at,
    )


def _audience(body: CampaignAudience) -> Audience:
    return Audience(groups=tuple(body.groups), min_orders=body.min_orders, max_orders=body.max_orders)


def _campaign(row: campaigns.CampaignRow) -> Campaign:
    same = (
        "name", "status", "trigger", "occasion", "holdout_bps", "max_issued", "budget_minor", "currency",
        "window_days", "issued", "held_out", "refused",
    )  # fmt: skip
    audience = read_audience(row.audience)
    return Campaign(
        id=show("cmp", row.id),
        coupon_template_id=show("cpt", row.template_id),
        audience=CampaignAudience(
            groups=list(audience.groups), min_orders=audience.min_orders, max_orders=audience.max_orders
        ),
        starts_at=moment_text(row.starts_at),
        ends_at=moment_text(row.ends_at),
        started_at=moment_text(row.started_at),
        created_at=moment_text(row.created_at),
        **{name: getattr(row, name) for name in same},
    )


def _side(found: campaigns.Side) -> CampaignSide:
    return CampaignSide(buyers=found.buyers, bought=found.bought, orders=found.orders)


def _entry(row: campaigns.EntryRow) -> CampaignEntry:
    return CampaignEntry(
        id=show("cpe", row.id),
        buyer_reference=row.buyer_reference,
        occasion=shown_occasion(row.trigger, row.occasion),
        outcome=row.outcome,
        reason=row.reason,
        coupon_id=show("cpn", row.coupon_id) if row.coupon_id else None,
        coupon_status=row.coupon_status,
        order_id=show("ord", row.order_id) if row.order_id else None,
        created_at=moment_text(row.created_at),
    )

"""Campaigns: the list, one of them, whom it would reach now, what it decided, and what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func, literal, select
from sqlalchemy.orm import Mapped

from app.core import clock, db
from app.core.paging import After, Page, cut, key_of, newest_first
from app.domain.accounts.business.models import Business
from app.domain.marketing.campaigns.candidates import Candidate, count_fit, fit_now
from app.domain.marketing.campaigns.models import Campaign, CampaignEntry
from app.domain.marketing.models import Coupon, CouponTemplate, CouponUse
from app.domain.marketing.states import TemplateStatus
from app.domain.orders.models import Order

if TYPE_CHECKING:

    class CampaignRow(Campaign):
        """A campaign with the name of what it issues."""

        template_name: Mapped[str]

    class EntryRow(CampaignEntry):
        """An entry with its campaign's trigger, its coupon, and the first order that followed within the window."""

        trigger: Mapped[str]
        coupon_status: Mapped[str | None]
        order_id: Mapped[uuid.UUID | None]

else:
    CampaignRow, EntryRow = Campaign, CampaignEntry

PAGE = 50
MAX_COUNTED = 10_000
SAMPLE = 20
campaigns, entries = db.table(Campaign), db.table(CampaignEntry)
templates, coupons, uses = db.table(CouponTemplate), db.table(Coupon), db.table(CouponUse)
orders = db.table(Order)


@dataclass(frozen=True)
class Preview:
    """Whom a campaign would reach if it ran now: how many (counted up to MAX_COUNTED), and the first of them."""

    count: int
    sample: tuple[Candidate, ...]
    trigger: str = ""


@dataclass(frozen=True)
class Side:
    """Those who got a coupon, or those who were held out: how many, how many of them bought within the window, with
    how many orders."""

    buyers: int = 0
    bought: int = 0
    orders: int = 0

    @property
    def rate_bps(self) -> int:
        """How many of ten thousand bought, rounded down."""
        return self.bought * 10_000 // self.buyers if self.buyers else 0


@dataclass(frozen=True)
class Money:
    """In one currency and minor units: what the coupons took off paid orders, and what these orders brought, refunds
    taken off."""

    currency: str
    discount_minor: int
    revenue_minor: int


@dataclass(frozen=True)
class Results:
    """What came of a campaign. `used` coupons were used by paid orders. `expected` of those with a coupon would have
    bought anyway, by the rate of those held out (None while nobody was); `additional` bought besides."""

    issued: Side
    held_out: Side
    refused: int
    used: int
    money: tuple[Money, ...]

    @property
    def expected(self) -> int | None:
        """Rounded half up."""
        if not self.held_out.buyers:
            return None
        return (2 * self.issued.buyers * self.held_out.bought + self.held_out.buyers) // (2 * self.held_out.buyers)

    @property
    def additional(self) -> int | None:
        """Below zero when fewer bought than would have anyway."""
        return None if self.expected is None else self.issued.bought - self.expected


class _Side(db.JoinedRow):
    outcome: str
    buyers: int
    bought: int
    orders: int


class _Money(db.JoinedRow):
    currency: str
    number: int
    discount_minor: int
    revenue_minor: int


def list_campaigns(
    business_id: uuid.UUID, *, status: str | None, after: After, limit: int = PAGE
) -> Sequence[CampaignRow]:
    """Campaigns, newest first, one more than `limit`."""
    query = _with_template(business_id)
    query = query if status is None else query.where(campaigns.c.status == status)
    with db.reading(business_id):
        return db.rows(newest_first(query, campaigns, after, limit))


def page_of_campaigns(business_id: uuid.UUID, *, status: str | None, cursor: str) -> Page[CampaignRow]:
    """A page of them."""
    rows, next_cursor = cut(list_campaigns(business_id, status=status, after=key_of(cursor)), PAGE)
    return Page(tuple(rows), next_cursor)


def get_campaign(business_id: uuid.UUID, campaign_id: uuid.UUID) -> CampaignRow:
    """One campaign.

    Raises:
        NotFound: the business has no such campaign.
    """
    with db.reading(business_id):
        found = db.first(_with_template(business_id).where(campaigns.c.id == campaign_id))
        return found if found is not None else db.get(CampaignRow, campaign_id)


def preview(business_id: uuid.UUID, campaign_id: uuid.UUID, *, limit: int = SAMPLE) -> Preview:
    """Whom it would reach now. Raises as `get_campaign` does."""
    with db.reading(business_id):
        campaign, today = db.get(Campaign, campaign_id), _today()
        return Preview(
            count_fit(campaign, today=today, most=MAX_COUNTED),
            tuple(fit_now(campaign, today=today, limit=limit)),
            campaign.trigger,
        )


def results(business_id: uuid.UUID, campaign_id: uuid.UUID) -> Results:
    """What came of it. Raises as `get_campaign` does."""
    with db.reading(business_id):
        campaign = db.get(Campaign, campaign_id)
        sides = {row.outcome: row for row in db.rows(_sides(campaign))}
        money = db.rows(_money(campaign))
    found = {name: Side(int(row.buyers), int(row.bought), int(row.orders)) for name, row in sides.items()}
    return Results(
        issued=found.get("issued", Side()),
        held_out=found.get("held_out", Side()),
        refused=found.get("refused", Side()).buyers,
        used=sum(int(row.number) for row in money),
        money=tuple(Money(row.currency, int(row.discount_minor), int(row.revenue_minor)) for row in money),
    )


def list_entries(
    business_id: uuid.UUID,
    campaign_id: uuid.UUID,
    *,
    outcome: str,
    bought: bool | None,
    after: After,
    limit: int = PAGE,
) -> Sequence[EntryRow]:
    """What the campaign decided, newest first, one more than `limit`; of one outcome, of those who bought within the
    window, or did not. Raises as `get_campaign` does."""
    with db.reading(business_id):
        campaign = db.get(Campaign, campaign_id)
        followed = _followed(campaign)
        first = select(orders.c.id).where(followed).order_by(orders.c.paid_at).limit(1).correlate(entries)
        query = db.select_as(
            EntryRow,
            select(
                entries,
                literal(campaign.trigger).label("trigger"),
                coupons.c.status.label("coupon_status"),
                first.scalar_subquery().label("order_id"),
            ),
        ).outerjoin(coupons, and_(coupons.c.business_id == entries.c.business_id, coupons.c.id == entries.c.coupon_id))
        query = query.where(entries.c.business_id == business_id, entries.c.campaign_id == campaign_id)
        if outcome:
            query = query.where(entries.c.outcome == outcome)
        if bought is not None:
            any_order = exists(select(literal(1)).where(followed).correlate(entries))
            query = query.where(any_order if bought else ~any_order)
        return db.rows(newest_first(query, entries, after, limit))


def page_of_entries(
    business_id: uuid.UUID, campaign_id: uuid.UUID, *, outcome: str, bought: bool | None, cursor: str
) -> Page[EntryRow]:
    """A page of them."""
    found = list_entries(business_id, campaign_id, outcome=outcome, bought=bought, after=key_of(cursor))
    rows, next_cursor = cut(found, PAGE)
    return Page(tuple(rows), next_cursor)


def template_choices(business_id: uuid.UUID) -> list[tuple[uuid.UUID, str, str]]:
    """Coupon templates that a campaign can issue, newest first: id, name, state."""
    query = select(templates).where(
        templates.c.business_id == business_id, templates.c.code.is_(None), templates.c.status != TemplateStatus.ENDED
    )
    with db.reading(business_id):
        found = db.rows(query.order_by(templates.c.created_at.desc()).limit(200))
    return [(row.id, row.name, row.status) for row in found]


def _with_template(business_id: uuid.UUID) -> Any:
    same = and_(templates.c.business_id == campaigns.c.business_id, templates.c.id == campaigns.c.template_id)
    named = db.select_as(CampaignRow, select(campaigns, templates.c.name.label("template_name"))).join(templates, same)
    return named.where(campaigns.c.business_id == business_id)


def _followed(campaign: Campaign) -> ColumnElement[bool]:
    """Orders that an entry's buyer paid within the campaign's window after it."""
    return and_(
        orders.c.business_id == entries.c.business_id,
        orders.c.buyer_reference == entries.c.buyer_reference,
        orders.c.paid_at >= entries.c.created_at,
        orders.c.paid_at < entries.c.created_at + timedelta(days=campaign.window_days),
    )


def _sides(campaign: Campaign) -> Any:
    counted = (
        select(func.count().label("number")).select_from(orders).where(_followed(campaign)).correlate(entries).lateral()
    )
    query = (
        select(
            entries.c.outcome,
            func.count().label("buyers"),
            func.count().filter(counted.c.number > 0).label("bought"),
            func.coalesce(func.sum(counted.c.number), 0).label("orders"),
        )
        .select_from(entries)
        .join(counted, literal(True))
        .where(entries.c.business_id == campaign.business_id, entries.c.campaign_id == campaign.id)
        .group_by(entries.c.outcome)
    )
    return db.select_as(_Side, query)


def _money(campaign: Campaign) -> Any:
    query = (
        select(
            orders.c.currency,
            func.count().label("number"),
            func.sum(uses.c.spent_minor).label("discount_minor"),
            func.sum(orders.c.paid_minor - orders.c.refunded_minor).label("revenue_minor"),
        )
        .select_from(
            entries.join(
                uses, and_(uses.c.business_id == entries.c.business_id, uses.c.coupon_id == entries.c.coupon_id)
            ).join(orders, and_(orders.c.business_id == uses.c.business_id, orders.c.id == uses.c.order_id))
        )
        .where(
            entries.c.business_id == campaign.business_id,
            entries.c.campaign_id == campaign.id,
            uses.c.used,
            uses.c.released.is_(False),
        )
        .group_by(orders.c.currency)
        .order_by(orders.c.currency)
    )
    return db.select_as(_Money, query)


def _today() -> date:
    zone = db.scalar(select(Business.time_zone).where(Business.id == db.here()))
    return clock.now().astimezone(ZoneInfo(str(zone))).date()

"""Campaigns at work: each run decides about buyers whom an occasion made fit, a hundred in a phase.

The campaign's row is locked while it decides, and an entry is unique by campaign, buyer and occasion: two workers, a
repeated run and a run after a crash issue nothing twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from app.core import clock, db
from app.core.errors import Conflict
from app.core.ids import named
from app.domain.accounts.business.models import Business
from app.domain.marketing.campaigns import rules
from app.domain.marketing.campaigns.candidates import Candidate, fit_now
from app.domain.marketing.campaigns.models import Campaign, CampaignEntry
from app.domain.marketing.campaigns.states import CampaignStatus
from app.domain.marketing.campaigns.types import Outcome
from app.domain.marketing.coupon_use import Identity
from app.domain.marketing.models import Coupon, CouponTemplate, CouponUse
from app.domain.marketing.states import TemplateStatus
from app.workflow.marketing.issue_coupons import check_buyer, write_coupon
from app.workflow.marketing.manage_campaigns import move
from app.workflow.steps.operations import due

BATCH = 100  # buyers in one phase
MAX_BATCHES = 20  # of one campaign in one run; the next run goes on
DUE_AT_ONCE = 100
campaigns, entries = db.table(Campaign), db.table(CampaignEntry)
coupons, uses = db.table(Coupon), db.table(CouponUse)


def run_due() -> int:
    """Run every campaign that is due, start those whose time has come, and end those whose time is over; for how many
    something was done. Safe to run concurrently."""
    return due.process(_due, run)


def run(business_id: uuid.UUID, campaign_id: uuid.UUID) -> bool:
    """Let one campaign decide about the buyers who are fit for it now; whether it ran. Safe to run twice at once."""
    ran = False
    for _ in range(MAX_BATCHES):
        with db.phase("run_campaigns.decide", business_id):
            number = _decide_some(campaign_id)
        ran = ran or number is not None
        if not number:
            break
    return ran


def _decide_some(campaign_id: uuid.UUID) -> int | None:
    """The next buyers; how many there may be more of, None when there was nothing to do."""
    campaign, now = db.lock(Campaign, campaign_id), clock.now()
    if campaign.status == CampaignStatus.SCHEDULED and campaign.starts_at is not None and campaign.starts_at <= now:
        move(campaign, CampaignStatus.RUNNING, reason="its time has come", actor="system")
        return 1
    if campaign.ends_at is not None and campaign.ends_at <= now and campaign.status != CampaignStatus.ENDED:
        move(campaign, CampaignStatus.ENDED, reason="its time is over", actor="system")
        return 0
    if campaign.status != CampaignStatus.RUNNING or campaign.next_run_at is None or campaign.next_run_at > now:
        return None
    if _is_spent(campaign):
        move(campaign, CampaignStatus.ENDED, reason="its budget is used up", actor="system")
        return 0
    template = db.lock(CouponTemplate, campaign.template_id)
    if template.status != TemplateStatus.ACTIVE or (template.ends_at is not None and template.ends_at <= now):
        move(campaign, CampaignStatus.PAUSED, reason="its coupon cannot be issued", actor="system")
        return 0
    found = fit_now(campaign, today=_today(), limit=BATCH)
    decided = _Batch.of(campaign, template, found)
    for candidate in found:
        decided.decide(candidate)
    _count(campaign, decided)
    if decided.is_full:
        ended = db.lock(Campaign, campaign_id)
        move(ended, CampaignStatus.ENDED, reason="all coupons are issued", actor="system")
        return 0
    return len(found) if len(found) == BATCH else 0


@dataclass
class _Batch:
    """What is decided in one phase; `left` is how many coupons there still are (None: without an end), `mailboxes` are
    those that have an entry already, by whom."""

    campaign: Campaign
    template: CouponTemplate
    left: int | None
    mailboxes: dict[str, str] = field(default_factory=dict)
    outcomes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, campaign: Campaign, template: CouponTemplate, found: Sequence[Candidate]) -> _Batch:
        """With what is left of both limits, and who of these was met under another name."""
        limits = [
            most - issued
            for most, issued in ((campaign.max_issued, campaign.issued), (template.max_issued, template.issued))
            if most is not None
        ]
        return cls(campaign, template, min(limits, default=None), _met(campaign, found))

    @property
    def is_full(self) -> bool:
        """Whether no coupon is left."""
        return self.left is not None and self.left <= 0

    def decide(self, candidate: Candidate) -> None:
        """Issue, hold out or refuse; nothing when no coupon is left: the buyer may be met by another campaign."""
        if self.is_full:
            return
        buyer = Identity.of(candidate.reference, email=candidate.email)
        outcome, reason = self._outcome(buyer)
        coupon_id = None
        if outcome == "issued":
            coupon_id = named(self.campaign.id, f"{candidate.reference}|{candidate.occasion}")
            write_coupon(
                self.template,
                coupon_id,
                buyer=buyer,
                source="campaign",
                actor="system",
                campaign_id=self.campaign.id,
            )
            self.left = self.left - 1 if self.left is not None else None
        db.add(
            CampaignEntry,
            campaign_id=self.campaign.id,
            buyer_reference=candidate.reference,
            occasion=candidate.occasion,
            outcome=outcome,
            reason=reason,
            email_key=buyer.email_key,
            coupon_id=coupon_id,
        )
        if buyer.email_key is not None:
            self.mailboxes.setdefault(buyer.email_key, candidate.reference)
        self.outcomes.append(outcome)

    def _outcome(self, buyer: Identity) -> tuple[Outcome, str]:
        email = buyer.email_key
        is_once = self.campaign.trigger in rules.ONCE and email is not None
        if is_once and self.mailboxes.get(email or "", buyer.reference) != buyer.reference:
            return "refused", "same_email"
        # By mailbox where there is one: a second account is on the same side as the first.
        if rules.is_held_out(self.campaign.id, email or buyer.reference, self.campaign.holdout_bps):
            return "held_out", ""
        try:
            check_buyer(self.template, buyer)
        except Conflict:
            return "refused", "limit_per_buyer"
        return "issued", ""


def _count(campaign: Campaign, decided: _Batch) -> None:
    more = {name: decided.outcomes.count(name) for name in ("issued", "held_out", "refused")}
    is_done = len(decided.outcomes) < BATCH
    change = db.change(
        Campaign,
        campaign.id,
        issued=campaign.issued + more["issued"],
        held_out=campaign.held_out + more["held_out"],
        refused=campaign.refused + more["refused"],
        next_run_at=clock.now() + rules.RUN_EVERY if is_done else campaign.next_run_at,
    )
    db.write(change, expect=1)


def _met(campaign: Campaign, found: Sequence[Candidate]) -> dict[str, str]:
    keys = {Identity.of(each.reference, email=each.email).email_key for each in found} - {None}
    if not keys or campaign.trigger not in rules.ONCE:
        return {}
    mine = entries.c.business_id == db.here(), entries.c.campaign_id == campaign.id
    query = select(entries.c.email_key, entries.c.buyer_reference).where(*mine, entries.c.email_key.in_(keys))
    return {row.email_key: row.buyer_reference for row in db.rows(query)}


def _is_spent(campaign: Campaign) -> bool:
    """Whether the campaign's coupons took off as much as they may, orders that are not paid yet included."""
    if campaign.budget_minor is None:
        return False
    spent = (
        select(func.coalesce(func.sum(uses.c.spent_minor), 0))
        .join(entries, (entries.c.business_id == uses.c.business_id) & (entries.c.coupon_id == uses.c.coupon_id))
        .where(uses.c.business_id == db.here(), entries.c.campaign_id == campaign.id, uses.c.released.is_(False))
    )
    return int(db.scalar(spent)) >= campaign.budget_minor


def _today() -> date:
    zone = db.scalar(select(Business.time_zone).where(Business.id == db.here()))
    return clock.now().astimezone(ZoneInfo(str(zone))).date()


def _due() -> list[tuple[uuid.UUID, uuid.UUID]]:
    now = clock.now()
    is_due = or_(
        campaigns.c.next_run_at <= now,
        (campaigns.c.status == CampaignStatus.SCHEDULED) & (campaigns.c.starts_at <= now),
        (campaigns.c.status == CampaignStatus.PAUSED) & (campaigns.c.ends_at <= now),
    )
    with db.system_reading():
        query = select(campaigns.c.business_id, campaigns.c.id).where(is_due).limit(DUE_AT_ONCE)
        return [(row.business_id, row.id) for row in db.rows(query)]

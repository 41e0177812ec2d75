"""Campaigns: built, previewed, started and stopped, and what came of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError, NotFound
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.domain.marketing.campaigns.states import CHANGEABLE
from app.read.marketing import campaigns as read
from app.web.portal.access import actor, needs
from app.web.portal.address import typed
from app.web.portal.marketing.campaigns.forms import TRIGGERS, CampaignForm
from app.workflow.marketing import manage_campaigns

blueprint = Blueprint("campaigns", __name__, url_prefix="/campaigns")
STATUSES = {
    "": N_("All"),
    "running": N_("Running"),
    "scheduled": N_("Scheduled"),
    "draft": N_("Draft"),
    "paused": N_("Paused"),
    "ended": N_("Ended"),
}
SAID = {
    "running": N_("Started. Coupons go out within a few minutes."),
    "scheduled": N_("Scheduled."),
    "draft": N_("Back in draft."),
    "paused": N_("Paused."),
    "ended": N_("Ended. Issued coupons stay valid."),
}
OUTCOMES = {"": N_("All"), "issued": N_("Issued"), "held_out": N_("Held out"), "refused": N_("Refused")}
BOUGHT = {"": None, "yes": True, "no": False}


@blueprint.get("")
@needs("promotions.read")
def index() -> Response:
    chosen = _chosen("status", STATUSES)
    cursor = typed("cursor")
    found = read.page_of_campaigns(actor().business_id, status=chosen or None, cursor=cursor)
    return page(
        "portal/marketing/campaigns/index.html",
        {"campaign-list": "list"},
        found=found,
        tabs=[_tab(title, url_for(".index", status=key or None), key == chosen) for key, title in STATUSES.items()],
        chosen=chosen,
        cursor=cursor,
        triggers=TRIGGERS,
    )


@blueprint.get("/new")
@needs("promotions.write")
def new() -> Response:
    return page("portal/marketing/campaigns/new.html", triggers=TRIGGERS)


@blueprint.get("/new/<trigger>")
@needs("promotions.write")
def make(trigger: str) -> Response:
    return _make(_form(trigger, formdata=None))


@blueprint.post("/new/<trigger>")
@needs("promotions.write")
def create(trigger: str) -> Response:
    who, form = actor(), _form(trigger)
    if not form.is_fine():
        return _make(form, status=422)
    try:
        made = manage_campaigns.create_campaign(
            who.business_id,
            form.plan(who.membership.time_zone),
            actor=who.name,
            campaign_id=form.once_id(who.business_id),
        )
    except AppError as error:
        form.take_error(error, {error.code: error.details.get("param", "")})
        return _make(form, status=error.http_status)
    flash("Campaign created. See whom it would reach, then start it.", "good")
    return see_other(_url(made))


@blueprint.get("/<campaign_id>")
@needs("promotions.read")
def detail(campaign_id: str) -> Response:
    who, campaign = actor(), ids.parse("cmp", campaign_id)
    row = read.get_campaign(who.business_id, campaign)
    reach = read.preview(who.business_id, campaign) if row.status != "ended" else None
    return page(
        "portal/marketing/campaigns/detail.html",
        row=row,
        reach=reach,
        results=read.results(who.business_id, campaign),
        triggers=TRIGGERS,
        changeable=row.status in CHANGEABLE and row.started_at is None,
        sees_buyers=who.may("buyers.read"),
    )


@blueprint.get("/<campaign_id>/edit")
@needs("promotions.write")
def edit(campaign_id: str) -> Response:
    who = actor()
    row = read.get_campaign(who.business_id, ids.parse("cmp", campaign_id))
    return _edit(row.id, CampaignForm.of(row, who.membership.time_zone, read.template_choices(who.business_id)))


@blueprint.post("/<campaign_id>/edit")
@needs("promotions.write")
def save(campaign_id: str) -> Response:
    who = actor()
    row = read.get_campaign(who.business_id, ids.parse("cmp", campaign_id))
    form = _form(row.trigger)
    if not form.is_fine():
        return _edit(row.id, form, status=422)
    try:
        manage_campaigns.change_campaign(who.business_id, row.id, form.plan(who.membership.time_zone))
    except AppError as error:
        form.take_error(error, {error.code: error.details.get("param", "")})
        return _edit(row.id, form, status=error.http_status)
    flash("Saved.", "good")
    return see_other(_url(row.id))


@blueprint.post("/<campaign_id>/duplicate")
@needs("promotions.write")
def duplicate(campaign_id: str) -> Response:
    who = actor()
    made = manage_campaigns.duplicate_campaign(who.business_id, ids.parse("cmp", campaign_id), actor=who.name)
    flash("Duplicated. Change it, then start it.", "good")
    return see_other(_url(made))


@blueprint.post("/<campaign_id>/move")
@needs("promotions.write")
def move(campaign_id: str) -> Response:
    campaign, to = ids.parse("cmp", campaign_id), request.form.get("to", "")
    try:
        manage_campaigns.transition_campaign(actor().business_id, campaign, to, actor=actor().name)
        flash(SAID.get(to, "Done."), "good")
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return see_other(_url(campaign))


@blueprint.get("/<campaign_id>/entries")
@needs("buyers.read")
def entries(campaign_id: str) -> Response:
    business_id, campaign, cursor = actor().business_id, ids.parse("cmp", campaign_id), typed("cursor")
    outcome, bought = _chosen("outcome", OUTCOMES), _chosen("bought", BOUGHT)
    found = read.page_of_entries(business_id, campaign, outcome=outcome, bought=BOUGHT[bought], cursor=cursor)
    return page(
        "portal/marketing/campaigns/entries.html",
        {"entry-list": "list"},
        row=read.get_campaign(business_id, campaign),
        found=found,
        tabs=[_tab(title, _entries_url(campaign_id, key, bought), key == outcome) for key, title in OUTCOMES.items()],
        first_url=_entries_url(campaign_id, outcome, bought) if cursor else "",
        next_url=_entries_url(campaign_id, outcome, bought, found.next_cursor) if found.next_cursor else "",
    )


def _chosen(name: str, known: Mapping[str, object]) -> str:
    """What the address says, where it is one of these."""
    text = request.args.get(name, "")
    return text if text in known else ""


def _tab(title: str, url: str, is_current: bool) -> dict[str, Any]:
    return {"title": title, "url": url, "current": is_current}


def _form(trigger: str, **options: Any) -> CampaignForm:
    if trigger not in TRIGGERS:
        raise NotFound("not_found", "Unknown trigger.")
    return CampaignForm(trigger, templates=read.template_choices(actor().business_id), **options)


def _make(form: CampaignForm, *, status: int = 200) -> Response:
    return page("portal/marketing/campaigns/make.html", status=status, form=form, triggers=TRIGGERS, campaign_id=None)


def _edit(campaign_id: uuid.UUID, form: CampaignForm, *, status: int = 200) -> Response:
    shown = ids.show("cmp", campaign_id)
    return page("portal/marketing/campaigns/edit.html", status=status, form=form, triggers=TRIGGERS, campaign_id=shown)


def _url(campaign_id: uuid.UUID) -> str:
    return url_for("portal.campaigns.detail", campaign_id=ids.show("cmp", campaign_id))


def _entries_url(campaign_id: str, outcome: str, bought: str, cursor: str | None = None) -> str:
    return url_for(
        "portal.campaigns.entries",
        campaign_id=campaign_id,
        outcome=outcome or None,
        bought=bought or None,
        cursor=cursor,
    )

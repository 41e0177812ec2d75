"""The home page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response

from app.core import clock
from app.core.web.htmx import page
from app.read.catalog.stock import few_left
from app.read.insights.dashboard import home
from app.read.insights.metrics import Metrics, metrics
from app.read.orders.orders_list import latest
from app.read.reconciliation.cases import count_open
from app.read.webhooks.webhooks import in_trouble
from app.web.portal.access import Actor, actor, needs
from app.web.portal.insights.home.chart import Chart, chart, day_text
from app.web.portal.insights.home.state import Shown
from app.workflow.accounts.lifecycle.go_live import checklist

blueprint = Blueprint("home", __name__)


@blueprint.get("")
@needs("home.read")
def index() -> Response:
    who = actor()
    state = Shown.from_request("portal.home.index", who.membership.time_zone)
    found = metrics(who.business_id, state.period, state.currency)
    return page(
        "portal/insights/home/index.html",
        {"metrics": "metrics"},
        state=replace(state, currency=found.currency),
        metrics=found,
        charts=_charts(found, who.membership.time_zone),
        day_text=day_text,
        home=home(who.business_id, who.user.id),
        broken=_broken(who),
        **_allowed(who),
    )


def _broken(who: Actor) -> tuple[str, ...]:
    """What a live business has lost that it needs to take payments."""
    is_asked = who.membership.mode == "live" and who.may("settings.write")
    return checklist(who.business_id, who.user.id).broken if is_asked else ()


def _allowed(who: Actor) -> dict[str, Any]:
    """What waits for people, as far as this one may see it."""
    return {
        "latest": latest(who.business_id, 6) if who.may("orders.read") else (),
        "deaf": in_trouble(who.business_id) if who.may("webhooks.read") else (),
        "few_left": few_left(who.business_id) if who.may("products.read") else 0,
        "open_cases": count_open(who.business_id) if who.may("cases.read") else 0,
    }


def _charts(found: Metrics, zone: str) -> list[Chart]:
    """By width: for a desk, and for a phone."""
    here = clock.now().astimezone(ZoneInfo(zone))
    return [chart(found, here.hour + here.minute / 60, width=width) for width in (720, 340)]

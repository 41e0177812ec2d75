"""What contracts are worth: MRR, churn, recovery, trials, cohorts and income to come, with the lists behind them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypedDict

from flask import Blueprint, Response, request, url_for

from app.core import ids
from app.core.errors import NotFound
from app.core.i18n.marks import N_
from app.core.web.htmx import page
from app.lib import csv_text
from app.lib.masking import masked
from app.read.accounts import people
from app.read.subscriptions import contract_metrics as read
from app.read.subscriptions import metric_lists
from app.web.buyers import sees_buyers
from app.web.portal.access import actor, needs
from app.web.portal.address import Tab, typed
from app.web.portal.list_files import file_or_back
from app.web.portal.subscriptions.contract_metrics.chart import chart, month_text

TITLES = {
    "mrr": N_("MRR"),
    "new": N_("New"),
    "expansion": N_("Expansion"),
    "contraction": N_("Contraction"),
    "churn": N_("Churn"),
    "reactivation": N_("Reactivation"),
    "recovered": N_("Recovered"),
    "unrecovered": N_("Not recovered"),
    "converted": N_("Trials converted"),
    "unconverted": N_("Trials not converted"),
    "upcoming_30": N_("Expected in 30 days"),
    "upcoming_90": N_("Expected in 90 days"),
}
blueprint = Blueprint("contract_metrics", __name__, url_prefix="/contract_metrics")
COLUMNS = ("contract", "plan", "buyer", "status", "at", "amount_minor", "currency")


@blueprint.get("")
@needs("home.read")
def index() -> Response:
    found = _found()
    tabs = [
        Tab(each, url_for("portal.contract_metrics.index", currency=each), each == found.currency)
        for each in found.currencies
    ]
    return page(
        "portal/subscriptions/contract_metrics/index.html",
        {"contract-metrics": "metrics"},
        found=found,
        tabs=tabs,
        charts=(chart(found, width=900), chart(found, width=360)),
        month_text=month_text,
    )


@blueprint.get("/<metric>")
@needs("orders.read")
def behind(metric: str) -> Response:
    title, found = _title(metric), _found()
    return page(
        "portal/subscriptions/contract_metrics/behind.html",
        {"metric-contracts": "list"},
        metric=metric,
        title=title,
        found=found,
        rows=metric_lists.page_behind(actor().business_id, metric, **_asked(found), cursor=typed("cursor")),
        month_text=month_text,
    )


@blueprint.post("/<metric>/file")
@needs("orders.read")
def file(metric: str) -> Response:
    _title(metric)
    currency, month = typed("currency"), typed("month")
    back = url_for("portal.contract_metrics.behind", metric=metric, currency=currency, month=month)
    return file_or_back(lambda: _file(metric), back=back)


def _file(metric: str) -> Response:
    response = Response(csv_text.written(_lines(metric)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="contracts-{metric}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


class _Asked(TypedDict):
    currency: str
    month: date
    zone: str


def _asked(found: read.ContractMetrics) -> _Asked:
    zone = people.time_zone_of(actor().business_id)
    return {"currency": found.currency, "month": found.chosen.month, "zone": zone}


def _found() -> read.ContractMetrics:
    business_id = actor().business_id
    currency, month = (request.args.get(name, "") for name in ("currency", "month"))
    zone = people.time_zone_of(business_id)
    return read.contract_metrics(business_id, currency=currency, month=month, zone=zone)


def _title(metric: str) -> str:
    found = TITLES.get(metric)
    if found is None:
        raise NotFound("not_found", N_("There is no such metric."))
    return found


def _named(reference: str) -> str:
    return reference if sees_buyers() else masked(reference)


def _lines(metric: str) -> list[Sequence[str]]:
    business_id, found = actor().business_id, _found()
    lines: list[Sequence[str]] = [COLUMNS]
    for row in metric_lists.whole_behind(business_id, metric, **_asked(found)):
        named = ids.show("con", row.contract_id), row.plan_name, _named(row.buyer_reference), row.status
        lines.append((*named, row.at.isoformat(), str(row.minor), row.currency))
    return lines

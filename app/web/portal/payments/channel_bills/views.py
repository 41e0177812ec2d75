"""Channel bills: the list, and one with what it comes to, which can be fetched again."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids, paging
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.domain.payments.channel_bills.states import BillStatus
from app.read.payments import channel_bills as read
from app.web.portal.access import actor, needs
from app.web.portal.address import Tab
from app.workflow.payments.bills import fetch_bills

blueprint = Blueprint("channel_bills", __name__, url_prefix="/channel-bills")

TITLES = {
    "": N_("All"),
    BillStatus.EXPECTED: N_("Expected"),
    BillStatus.FETCHED: N_("Fetched"),
    BillStatus.LATE: N_("Late"),
    BillStatus.FAILED: N_("Failed"),
}


@blueprint.get("")
@needs("ledger.read")
def index() -> Response:
    status = request.args.get("status", "")
    status = status if status in TITLES else ""
    after = paging.key_of(request.args.get("cursor", ""))
    found, totals = read.list_bills(actor().business_id, status=status, after=after)
    rows, next_cursor = read.cut(found, read.PAGE)
    tabs = [Tab(each, url_for("portal.channel_bills.index", status=key or None), key == status)
            for key, each in TITLES.items()]  # fmt: skip
    shown = {"bill-list": "list"}
    return page(
        "portal/payments/channel_bills/index.html", shown, tabs=tabs, chosen=status, rows=rows, totals=totals,
        next_cursor=next_cursor,
    )  # fmt: skip


@blueprint.get("/<channel_bill_id>")
@needs("ledger.read")
def detail(channel_bill_id: str) -> Response:
    business_id, bill_id = actor().business_id, ids.parse("bil", channel_bill_id)
    row, totals = read.get_bill(business_id, bill_id)
    fees, after = read.booked_fees(business_id, bill_id), paging.key_of(request.args.get("cursor", ""))
    found = read.list_differences(business_id, bill_id, after=after)
    here = url_for("portal.channel_bills.detail", channel_bill_id=channel_bill_id)
    more = f"{here}?cursor={read.cursor_behind(found)}" if len(found) > read.PAGE else ""
    return page(
        "portal/payments/channel_bills/detail.html", {"difference-list": "list"}, row=row, totals=totals, fees=fees,
        differences=found[: read.PAGE], first_url=here if after else "", next_url=more,
    )  # fmt: skip


@blueprint.post("/<channel_bill_id>/fetch")
@needs("ledger.write")
def fetch(channel_bill_id: str) -> Response:
    who = actor()
    fetch_bills.fetch_again(who.business_id, ids.parse("bil", channel_bill_id), actor=who.name)
    flash(N_("We ask the payment company for the bill within a minute."), "good")
    return see_other(url_for("portal.channel_bills.detail", channel_bill_id=channel_bill_id))

"""Buyers' points: who has some, and one buyer's history, changed by people with a reason."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids, paging
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.errors import ApprovalNeeded
from app.read.fulfilment import points as read
from app.read.fulfilment import points_resource as points
from app.web.buyers import buyer_for_url, buyer_from_url, sees_buyers
from app.web.portal.access import actor, needs
from app.web.portal.actors import names_of
from app.web.portal.address import typed
from app.web.portal.fulfilment.points.forms import PointsForm
from app.workflow.fulfilment import change_points

blueprint = Blueprint("points", __name__, url_prefix="/points")
SHOWN = 50
TITLES = {
    "earned": N_("Bought"),
    "granted": N_("Granted"),
    "spent": N_("Spent"),
    "clawed_back": N_("Clawed back after a refund"),
    "collected": N_("Offset against points owed"),
}
_ON_FIELD = {"insufficient_points": "points", "invalid_points": "points"}


@blueprint.get("")
@needs("wallets.read")
def index() -> Response:
    text, cursor = typed("q"), buyer_from_url("cursor")
    found = read.search(actor().business_id, text=text, cursor=cursor, whole=not sees_buyers())
    more = buyer_for_url(found.next_cursor)
    return page(
        "portal/fulfilment/points/index.html",
        {"points-list": "list"},
        accounts=found.items,
        text=text,
        cursor=cursor,
        first_url=url_for(".index", q=text or None) if cursor else "",
        next_url=url_for(".index", q=text or None, cursor=more) if more else "",
    )


@blueprint.get("/new")
@needs("wallets.write")
def new() -> Response:
    return page(
        "portal/fulfilment/points/new.html", form=PointsForm(formdata=None, data={"buyer": buyer_from_url("reference")})
    )


@blueprint.get("/buyer")
@needs("wallets.read")
def detail() -> Response:
    return _detail(buyer_from_url("reference"))


@blueprint.post("/change")
@needs("wallets.write")
def change() -> Response:
    form = PointsForm()
    if not form.validate():
        return _again(form, 422)
    try:
        _change(form)
    except ApprovalNeeded as asked:
        flash("Approval requested. See Approvals.", "good")
        return see_other(url_for("portal.approvals.detail", approval_id=asked.details["approval_id"]))
    except AppError as error:
        form.take_error(error, _ON_FIELD)
        return _again(form, error.http_status)
    flash("Points granted." if form.change > 0 else "Points deducted.", "good")
    return see_other(url_for(".detail", reference=buyer_for_url(form.buyer.data)))


def _change(form: PointsForm) -> None:
    who = actor()
    change_points.change_points(
        who.business_id,
        buyer=form.buyer.data,
        change=form.change,
        reason=form.reason.data,
        actor=who.name,
        entry_id=ids.derive(who.business_id, f"points {form.once.data}"),
    )


def _again(form: PointsForm, status: int) -> Response:
    if request.form.get("on") == "buyer":
        return _detail(form.buyer.data or "", form=form, status=status)
    return page("portal/fulfilment/points/new.html", form=form, status=status)


def _detail(buyer: str, *, form: PointsForm | None = None, status: int = 200) -> Response:
    business_id, cursor = actor().business_id, typed("cursor")
    balance, owed = points.points_of(business_id, buyer)
    found = points.list_entries(business_id, buyer, after=paging.key_of(cursor), limit=SHOWN)
    entries, next_cursor = paging.cut(found, SHOWN)
    return page(
        "portal/fulfilment/points/detail.html",
        {"history": "history"},
        status=status,
        buyer=buyer,
        titles=TITLES,
        balance=balance,
        owed=owed,
        entries=entries,
        names=names_of(business_id, [row.actor for row in entries]),
        first_url=url_for(".detail", reference=buyer_for_url(buyer)) if cursor else "",
        next_url=url_for(".detail", reference=buyer_for_url(buyer), cursor=next_cursor) if next_cursor else "",
        form=form or PointsForm(formdata=None, data={"buyer": buyer}),
    )

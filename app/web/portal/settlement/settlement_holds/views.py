"""Settlement holds: the list, holding money, and releasing it."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids, paging
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.domain.settlement.holds.states import SettlementHoldStatus
from app.read.settlement import holds
from app.web.portal.access import actor, needs
from app.web.portal.actors import names_of
from app.web.portal.address import Tab
from app.web.portal.settlement.settlement_holds.forms import HoldForm, ReleaseForm
from app.workflow.settlement import hold_money

TITLES = {
    SettlementHoldStatus.HELD: "On hold",
    SettlementHoldStatus.RELEASED: "Released",
    "": "All",
}
_FIELDS = {"partner_id": "partner", "order_id": "order", "line_id": "line", "reason": "reason"}
blueprint = Blueprint("settlement_holds", __name__, url_prefix="/settlement-holds")


@blueprint.get("")
@needs("settlement.read")
def index() -> Response:
    business_id, typed = actor().business_id, request.args.get("status", SettlementHoldStatus.HELD)
    status = typed if typed in TITLES else SettlementHoldStatus.HELD
    partner_id = ids.try_parse(request.args.get("partner", ""), "par")
    after = paging.key_of(request.args.get("cursor", ""))
    found = holds.list_holds(business_id, partner_id=partner_id, status=status, after=after)
    shown, next_cursor = paging.cut(list(found), holds.PAGE)
    return page(
        "portal/settlement/settlement_holds/index.html",
        {"hold-list": "list"},
        rows=shown,
        names=holds.names_of(business_id, shown),
        next_cursor=next_cursor,
        here={name: value for name, value in request.args.items() if name in ("status", "partner")},
        tabs=[Tab(title, url_for(".index", status=key), key == status) for key, title in TITLES.items()],
    )


@blueprint.get("/new")
@needs("settlement.write")
def new() -> Response:
    asked = {name: request.args.get(name, "") for name in ("partner", "order", "line")}
    return _form(HoldForm(formdata=None, data=asked))


@blueprint.post("/new")
@needs("settlement.write")
def create() -> Response:
    who, form = actor(), HoldForm()
    form.offer(who.business_id)
    if not form.validate():
        return _form(form, status=422)
    try:
        hold_id = form.once_id(who.business_id)
        hold_money.hold(who.business_id, form.command(), actor=who.name, hold_id=hold_id)
    except AppError as error:
        field = _FIELDS.get(error.details.get("param", ""), "order")
        form.take_error(error, {"invalid_hold": field, "not_found": "order", "on_hold": field})
        return _form(form, status=error.http_status)
    flash("On hold. Nothing of it is settled or paid until you release it.", "good")
    return see_other(_url(hold_id))


@blueprint.get("/<settlement_hold_id>")
@needs("settlement.read")
def detail(settlement_hold_id: str) -> Response:
    return _detail(ids.parse("shd", settlement_hold_id), ReleaseForm(formdata=None))


@blueprint.post("/<settlement_hold_id>/release")
@needs("settlement.write")
def release(settlement_hold_id: str) -> Response:
    who, hold_id, form = actor(), ids.parse("shd", settlement_hold_id), ReleaseForm()
    if not form.validate():
        return _detail(hold_id, form, status=422)
    hold_money.release(who.business_id, hold_id, reason=form.reason.data, actor=who.name)
    flash("Released. It is in the next batch.", "good")
    return see_other(_url(hold_id))


def _form(form: HoldForm, *, status: int = 200) -> Response:
    return page("portal/settlement/settlement_holds/new.html", form=form.offer(actor().business_id), status=status)


def _detail(hold_id: uuid.UUID, form: ReleaseForm, *, status: int = 200) -> Response:
    row = holds.get_hold(actor().business_id, hold_id)
    names = holds.names_of(actor().business_id, [row])
    people = names_of(actor().business_id, [each for each in (row.held_by, row.released_by) if each])
    return page(
        "portal/settlement/settlement_holds/detail.html",
        status=status,
        row=row,
        names=names,
        people=people,
        form=form,
    )


def _url(hold_id: uuid.UUID) -> str:
    return url_for("portal.settlement_holds.detail", settlement_hold_id=ids.show("shd", hold_id))

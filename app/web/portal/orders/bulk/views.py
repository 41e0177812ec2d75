"""Many orders at once: a look at what would be done, doing it, and what came of each."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.read.orders import bulk_runs as read
from app.web.portal.access import actor, needs
from app.web.portal.orders.bulk.actions import ACTIONS, action_of, chosen
from app.web.portal.orders.bulk.forms import BulkForm
from app.workflow.orders.bulk_orders import MAX_COUNT, start_bulk

blueprint = Blueprint("bulk", __name__, url_prefix="/bulk")


@blueprint.get("")
@needs("orders.read")
def index() -> Response:
    who, cursor = actor(), request.args.get("cursor", "")
    found = read.page_of_runs(who.business_id, who.name, cursor=cursor)
    return page("portal/orders/bulk/index.html", runs=found, cursor=cursor, actions=ACTIONS)


@blueprint.get("/new")
@needs("orders.read")
def new() -> Response:
    return _look(BulkForm(formdata=None))


@blueprint.post("/new")
@needs("orders.read")
def make() -> Response:
    who, form, what = actor(), BulkForm(), action_of(request.values.get("action", ""))
    who.require(what.permission)
    if not form.validate():
        return _look(form, status=422)
    once = ids.derive(who.business_id, f"{who.name} {form.once.data}")
    try:
        start_bulk(
            who.business_id, what.key, chosen().order_ids, actor=who.name, run_id=once, note=form.note.data or ""
        )
    except AppError as error:
        form.take_error(error, {"invalid_note": "note"})
        return _look(form, status=error.http_status)
    return see_other(url_for("portal.bulk.detail", run_id=ids.show("blk", once)))


@blueprint.get("/<run_id>")
@needs("orders.read")
def detail(run_id: str) -> Response:
    found = read.get_run(actor().business_id, ids.parse("blk", run_id), behind=request.args.get("behind", ""))
    return page(
        "portal/orders/bulk/detail.html", {"bulk": "run"}, found=found, what=ACTIONS[found.row.action], run_id=run_id
    )


def _look(form: BulkForm, *, status: int = 200) -> Response:
    what, meant = action_of(request.values.get("action", "")), chosen()
    actor().require(what.permission)
    if not meant.order_ids:
        flash("Select at least one order.", "bad")
        return see_other(meant.state.url())
    shown = read.some_orders(actor().business_id, meant.order_ids)
    return page(
        "portal/orders/bulk/new.html", status=status, form=form, what=what, meant=meant, shown=shown, most=MAX_COUNT
    )

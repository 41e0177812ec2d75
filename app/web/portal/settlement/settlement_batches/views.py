"""Settlement batches: the list, one with its statement, asking for its payment, and paying again."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids, paging
from app.core.errors import AppError, NotFound
from app.core.web.htmx import page, see_other
from app.domain.settlement.batches.states import BatchStatus
from app.read.settlement import batches, statements
from app.read.settlement.clearing_list import KINDS
from app.web.portal.access import actor, needs, reauthenticated_today
from app.web.portal.address import Tab
from app.workflow.settlement import pay_batch

TITLES = {
    "": "All",
    BatchStatus.CLOSED: "Closed",
    BatchStatus.PAYING: "Paying",
    BatchStatus.PAID: "Paid",
    BatchStatus.FAILED: "Failed",
    BatchStatus.RETURNED: "Returned",
}
ENDINGS = ("pdf", "xlsx", "csv", "json")
blueprint = Blueprint("settlement_batches", __name__, url_prefix="/settlement-batches")


@blueprint.get("")
@needs("settlement.read")
def index() -> Response:
    business_id, typed = actor().business_id, request.args.get("status", "")
    status = typed if typed in TITLES else ""
    partner_id = ids.try_parse(request.args.get("partner", ""), "par")
    after = paging.key_of(request.args.get("cursor", ""))
    found = batches.list_batches(business_id, partner_id=partner_id, status=status, after=after)
    shown, next_cursor = paging.cut(list(found), batches.PAGE)
    return page(
        "portal/settlement/settlement_batches/index.html",
        {"batch-list": "list"},
        rows=shown,
        names=batches.partner_names_of(business_id, shown),
        next_cursor=next_cursor,
        here={name: value for name, value in request.args.items() if name in ("status", "partner")},
        tabs=[Tab(title, url_for(".index", status=key or None), key == status) for key, title in TITLES.items()],
    )


@blueprint.get("/<settlement_batch_id>")
@needs("settlement.read")
def detail(settlement_batch_id: str) -> Response:
    business_id, row_id = actor().business_id, ids.parse("sba", settlement_batch_id)
    found = batches.get_batch(business_id, row_id)
    after = paging.key_of(request.args.get("cursor", ""))
    entries = batches.statement_lines(business_id, row_id, after=after)
    shown, next_cursor = paging.cut(list(entries), batches.PAGE)
    return page(
        "portal/settlement/settlement_batches/detail.html",
        found=found,
        row=found.row,
        entries=shown,
        kinds=KINDS,
        endings=ENDINGS,
        next_cursor=next_cursor,
    )


@blueprint.post("/<settlement_batch_id>/statement")
@needs("settlement.read")
def statement(settlement_batch_id: str) -> Response:
    ending = request.form.get("file", "pdf")
    if ending not in ENDINGS:
        raise NotFound("not_found", "There is no such file.")
    made = statements.statement_of(actor().business_id, ids.parse("sba", settlement_batch_id))
    answer = Response(statements.written(made, ending), content_type=statements.MEDIA_TYPES[ending])
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.file_name}.{ending}"'
    return answer


@blueprint.post("/<settlement_batch_id>/request")
@needs("settlement.write")
def ask(settlement_batch_id: str) -> Response:
    try:
        approval_id = pay_batch.request(actor().business_id, ids.parse("sba", settlement_batch_id), actor=actor().name)
    except AppError as error:
        return _refused(settlement_batch_id, error)
    flash("Approval requested.", "good")
    return see_other(url_for("portal.approvals.detail", approval_id=ids.show("apr", approval_id)))


@blueprint.post("/<settlement_batch_id>/pay")
@needs("settlement.write")
@reauthenticated_today
def pay(settlement_batch_id: str) -> Response:
    try:
        pay_batch.pay(actor().business_id, ids.parse("sba", settlement_batch_id), actor=actor().name)
    except AppError as error:
        return _refused(settlement_batch_id, error)
    flash("The payment was sent.", "good")
    return see_other(url_for("portal.settlement_batches.detail", settlement_batch_id=settlement_batch_id))


def _refused(settlement_batch_id: str, error: AppError) -> Response:
    if error.http_status == 404:
        raise error
    flash(error.message, "bad")
    return see_other(url_for("portal.settlement_batches.detail", settlement_batch_id=settlement_batch_id))

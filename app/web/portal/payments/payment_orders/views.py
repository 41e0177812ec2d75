"""Payment orders: made, approved by a second person, downloaded for the bank, and what became of each line."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from wtforms import SelectChoice

from app.core import ids
from app.core.clock import now
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.domain.payments.payment_orders.states import PaymentLineStatus, PaymentOrderStatus
from app.lib import bank_reports
from app.read.accounts.approvals import waiting_for
from app.read.payments import payment_orders as read
from app.web.marks import takes_files
from app.web.portal.access import actor, needs, reauthenticated
from app.web.portal.actors import names_of
from app.web.portal.address import Tab, typed
from app.web.portal.alone import begin_alone
from app.web.portal.payments.payment_orders.bank_report import entries_of, reviewed
from app.web.portal.payments.payment_orders.forms import BankReportForm, DecisionForm, OrderForm, ReasonForm, RecordForm
from app.workflow.accounts.approvals import decide_alone
from app.workflow.payments import (
    approve_payment_order,
    decide_payment_line,
    download_payment_order,
    make_payment_order,
    read_bank_report,
)
from app.workflow.payments.decide_payment_line import LineDecision

blueprint = Blueprint("payment_orders", __name__, url_prefix="/payment-orders")

TITLES = {
    "": N_("All"),
    PaymentOrderStatus.REQUESTED: N_("To approve"),
    PaymentOrderStatus.APPROVED: N_("To download"),
    PaymentOrderStatus.SENT: N_("At the bank"),
    PaymentOrderStatus.COMPLETED: N_("Completed"),
    PaymentOrderStatus.CANCELLED: N_("Cancelled"),
}
# What may still become of a line, by how it stands.
DECISIONS = {
    PaymentLineStatus.WAITING: (
        (PaymentLineStatus.EXECUTED, N_("Executed: the money left the account")),
        (PaymentLineStatus.REJECTED, N_("Rejected: the bank did not execute it")),
    ),
    PaymentLineStatus.EXECUTED: ((PaymentLineStatus.RETURNED, N_("Returned: the money came back")),),
    PaymentLineStatus.REJECTED: ((PaymentLineStatus.EXECUTED, N_("Executed after all: the money left the account")),),
}
FIELDS = {
    "invalid_date": "execute_on",
    "format_unsupported": "file_format",
    "nothing_waiting": "batch",
    "invalid_file": "file",
}


@blueprint.get("")
@needs("wallets.read")
def index() -> Response:
    business_id, status = actor().business_id, request.args.get("status", "")
    status = status if status in TITLES else ""
    found = read.page_of_orders(business_id, status=status, cursor=typed("cursor"))
    context: dict[str, Any] = {"tabs": _tabs(status), "chosen": status, "orders": found}
    context["waiting"] = read.waiting(business_id)
    return page("portal/payments/payment_orders/index.html", {"payment-order-list": "list"}, **context)


@blueprint.get("/new")
@needs("payouts.write")
def new() -> Response:
    tomorrow = now().date() + timedelta(days=1)
    return _form(OrderForm(formdata=None, data={"execute_on": tomorrow, "batch": typed("batch")}))


@blueprint.post("")
@needs("payouts.write")
@reauthenticated
def make() -> Response:
    who, form = actor(), OrderForm()
    if not form.offer(read.waiting(who.business_id)).validate():
        return _form(form, status=422)
    order_id = form.once_id(who.business_id)
    try:
        make_payment_order.make(who.business_id, form.command(), actor=who.name, order_id=order_id)
    except AppError as error:
        form.take_error(error, FIELDS)
        return _form(form, status=error.http_status)
    return _told(order_id, N_("Payment order created. A second person must approve it."))


@blueprint.get("/bank-report")
@needs("payouts.write")
def bank_report() -> Response:
    return page("portal/payments/payment_orders/bank_report.html", form=BankReportForm(formdata=None))


@blueprint.post("/bank-report")
@needs("payouts.write")
@takes_files(bank_reports.MAX_BYTES + 100_000)
def review_report() -> Response:
    who, form = actor(), BankReportForm()
    if not form.validate():
        return page("portal/payments/payment_orders/bank_report.html", form=form, status=422)
    try:
        entries = read_bank_report.read(form.file.data.stream)
    except AppError as error:
        form.take_error(error, FIELDS)
        return page("portal/payments/payment_orders/bank_report.html", form=form, status=error.http_status)
    return reviewed(read_bank_report.review(who.business_id, entries))


@blueprint.post("/bank-report/record")
@needs("payouts.write")
@reauthenticated
def record_report() -> Response:
    who, form = actor(), RecordForm()
    done = read_bank_report.record(who.business_id, entries_of(form.entries.data or ""), actor=who.name)
    is_new = any(each.verdict == "record" for each in done)
    flash(N_("Recorded.") if is_new else N_("Nothing new was recorded."), "good" if is_new else "calm")
    return see_other(url_for("portal.payment_orders.index"))


@blueprint.get("/<payment_order_id>")
@needs("wallets.read")
def detail(payment_order_id: str) -> Response:
    who, order_id = actor(), ids.parse("por", payment_order_id)
    found = read.get_order(who.business_id, order_id)
    lines = read.page_of_lines(who.business_id, order_id, cursor=typed("cursor"))
    names = names_of(who.business_id, [name for name in (found.row.created_by, found.row.approved_by) if name])
    context: dict[str, Any] = {"row": found.row, "sums": found.sums, "lines": lines, "me": who.name, "names": names}
    names[decide_alone.BY_WAITING] = "the only owner, after a delay"
    context |= {"is_alone": decide_alone.is_chosen(who.business_id, who.name)}
    context |= {"approval_id": waiting_for(who.business_id, order_id).get(order_id)}
    form = ReasonForm(formdata=None)
    return page("portal/payments/payment_orders/detail.html", {"line-list": "list"}, cancel_form=form, **context)


@blueprint.post("/<payment_order_id>/approve")
@needs("payouts.write")
@reauthenticated
def approve(payment_order_id: str) -> Response:
    who, order_id = actor(), ids.parse("por", payment_order_id)
    return _tried(
        order_id,
        lambda: approve_payment_order.approve(who.business_id, order_id, actor=who.name),
        N_("Approved. Download the file and send it to your bank."),
    )


@blueprint.post("/<payment_order_id>/approve-alone")
@needs("payouts.write")
@reauthenticated
def wait(payment_order_id: str) -> Response:
    return begin_alone(payment_order_id, partial(_told, ids.parse("por", payment_order_id)))


@blueprint.post("/<payment_order_id>/cancel")
@needs("payouts.write")
@reauthenticated
def cancel(payment_order_id: str) -> Response:
    who, order_id = actor(), ids.parse("por", payment_order_id)
    reason = (ReasonForm().reason.data or "")[:200]
    return _tried(
        order_id,
        lambda: approve_payment_order.cancel(who.business_id, order_id, reason=reason, actor=who.name),
        N_("Cancelled. Its payouts and withdrawals wait for another payment order."),
    )


@blueprint.post("/<payment_order_id>/download")
@needs("payouts.write")
@reauthenticated
def download(payment_order_id: str) -> Response:
    who, order_id = actor(), ids.parse("por", payment_order_id)
    try:
        made = download_payment_order.download(who.business_id, order_id, actor=who.name)
    except AppError as error:
        if error.http_status == 404:
            raise
        return _told(order_id, error.message, "bad")
    answer = Response(made.content, content_type=made.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return answer


@blueprint.get("/<payment_order_id>/lines/<line_id>")
@needs("wallets.read")
def line(payment_order_id: str, line_id: str) -> Response:
    return _line(payment_order_id, line_id, DecisionForm(formdata=None))


@blueprint.post("/<payment_order_id>/lines/<line_id>/decide")
@needs("payouts.write")
@reauthenticated
def decide(payment_order_id: str, line_id: str) -> Response:
    who, form = actor(), DecisionForm()
    row = read.get_line(who.business_id, ids.parse("por", payment_order_id), ids.parse("pol", line_id))
    form.status.choices = _choices(row.status)
    if not form.validate():
        return _line(payment_order_id, line_id, form, status=422)
    decision = LineDecision(status=PaymentLineStatus(form.status.data), reason=form.reason.data or "")
    try:
        decide_payment_line.decide(who.business_id, row.id, decision, actor=who.name)
    except AppError as error:
        form.take_error(error, {"reason_missing": "reason"})
        return _line(payment_order_id, line_id, form, status=error.http_status)
    flash(N_("Recorded."), "good")
    return see_other(url_for("portal.payment_orders.line", payment_order_id=payment_order_id, line_id=line_id))


def _choices(status: str) -> list[SelectChoice]:
    return [SelectChoice(value, title) for value, title in DECISIONS.get(PaymentLineStatus(status), ())]


def _line(payment_order_id: str, line_id: str, form: DecisionForm, *, status: int = 200) -> Response:
    who, order_id = actor(), ids.parse("por", payment_order_id)
    order = read.get_order(who.business_id, order_id).row
    row = read.get_line(who.business_id, order_id, ids.parse("pol", line_id))
    form.status.choices = _choices(row.status)
    names = names_of(who.business_id, [name for name in (row.decided_by, row.returned_by) if name])
    context: dict[str, Any] = {"order": order, "row": row, "form": form, "me": who.name, "names": names}
    return page("portal/payments/payment_orders/line.html", status=status, **context)


def _form(form: OrderForm, *, status: int = 200) -> Response:
    form.offer(read.waiting(actor().business_id))
    return page("portal/payments/payment_orders/new.html", status=status, form=form)


def _tabs(status: str) -> list[Tab]:
    return [
        Tab(title, url_for("portal.payment_orders.index", status=key or None), key == status)
        for key, title in TITLES.items()
    ]


def _tried(order_id: uuid.UUID, work: Callable[[], Any], done: str) -> Response:
    try:
        work()
    except AppError as error:
        if error.http_status == 404:
            raise
        return _told(order_id, error.message, "bad")
    return _told(order_id, done)


def _told(order_id: uuid.UUID, text: str, tone: str = "good") -> Response:
    flash(text, tone)
    return see_other(url_for("portal.payment_orders.detail", payment_order_id=ids.show("por", order_id)))

"""Orders: the list, one order, and what may be done with it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, flash, jsonify, request, url_for

from app.core import clock, ids
from app.core.errors import AppError
from app.core.i18n.language import Amount, Translatable
from app.core.i18n.marks import N_
from app.core.last_read import LastRead
from app.core.web.htmx import page, see_other, wanted_target
from app.domain.accounts.business.errors import ApprovalNeeded
from app.read.accounts.settings import refund_reasons
from app.read.checkout.evidence import HASH_OF, order_agreements
from app.read.order_search import find_one
from app.read.orders.order_page import OrderPage, order_page
from app.web.checkout.locale import translate
from app.web.documents import credit_note_file, made_pdf
from app.web.portal.access import actor, needs, reauthenticated_today
from app.web.portal.list_state import open_list
from app.web.portal.orders.bulk.actions import ACTIONS
from app.web.portal.orders.detail import shown_with
from app.web.portal.orders.forms import NoteForm, RefundForm
from app.workflow.fulfilment import deliver_line
from app.workflow.orders.close_orders import close_order
from app.workflow.orders.complete_orders import complete_order
from app.workflow.orders.write_note import write_note
from app.workflow.payments.poll_undecided import poll_attempt
from app.workflow.payments.preview_refund import RefundPreview, preview_refund
from app.workflow.payments.refund_order import refund_order

_ON_FIELD = {"refund_exceeds_rest": "amount", "invalid_amount": "amount", "refund_reason_unknown": "reason"}
blueprint = Blueprint("orders", __name__, url_prefix="/orders")


@blueprint.get("")
@needs("orders.read")
def index() -> Response:
    state = open_list("orders")
    text = state.filters.get("q")
    found = find_one(actor().business_id, text) if text and wanted_target() is None else None
    if found is not None:
        return see_other(_url(found))
    actions = [each for each in ACTIONS.values() if actor().may(each.permission)]
    return page("portal/orders/index.html", {state.target: "list"}, state=state, actions=actions)


@blueprint.get("/<order_id>")
@needs("orders.read")
def detail(order_id: str) -> Response:
    return _detail(ids.parse("ord", order_id), part_id=ids.try_parse(request.args.get("part", ""), "sub"))


@blueprint.get("/<order_id>/agreements")
@needs("orders.read")
def agreements(order_id: str) -> Response:
    found = order_agreements(actor().business_id, ids.parse("ord", order_id))
    if request.args.get("format") != "json":
        return page("portal/orders/agreements.html", found=found, hash_of=HASH_OF, now=clock.now())
    response = jsonify(found.exported())
    response.headers["Content-Disposition"] = f'attachment; filename="{order_id}-agreements.json"'
    return response


@blueprint.get("/<order_id>/refund")
@needs("refunds.write")
def review_refund(order_id: str) -> Response:
    """What the refund would do, and the button that does it."""
    order = ids.parse("ord", order_id)
    found = order_page(actor().business_id, order)
    form = _typed(RefundForm(formdata=request.args, meta={"csrf": False}), found)
    if not form.validate():
        return _detail(order, refund_form=form, status=422)
    try:
        seen = _previewed(form, order)
    except AppError as error:
        form.take_error(error, _ON_FIELD)
        return _detail(order, refund_form=form, status=error.http_status)
    return page("portal/orders/review_refund.html", order=found.order, found=found, seen=seen, form=form)


@blueprint.post("/<order_id>/refund")
@needs("refunds.write")
@reauthenticated_today
def refund(order_id: str) -> Response:
    order = ids.parse("ord", order_id)
    form = _typed(RefundForm(), order_page(actor().business_id, order))
    if not form.validate():
        return _detail(order, refund_form=form, status=422)
    try:
        _send(form, order)
    except ApprovalNeeded as asked:
        flash("Approval requested for this refund. See Approvals.", "good")
        return see_other(url_for("portal.approvals.detail", approval_id=asked.details["approval_id"]))
    except AppError as error:
        form.take_error(error, _ON_FIELD)
        return _detail(order, refund_form=form, status=error.http_status)
    return see_other(_url(order))


@blueprint.post("/<order_id>/receipt")
@needs("orders.read")
def download_receipt(order_id: str) -> Response:
    return made_pdf(actor().business_id, ids.parse("ord", order_id))


@blueprint.post("/<order_id>/credit-notes/<note_id>")
@needs("orders.read")
def download_credit_note(order_id: str, note_id: str) -> Response:
    ids.parse("ord", order_id)
    return credit_note_file(actor().business_id, ids.parse("crn", note_id))


@blueprint.post("/<order_id>/notes")
@needs("notes.write")
def note(order_id: str) -> Response:
    who, order, form = actor(), ids.parse("ord", order_id), NoteForm()
    if not form.validate():
        return _detail(order, note_form=form, status=422)
    write_note(who.business_id, order, body=form.body.data, author=who.name)
    return see_other(_url(order) + "#timeline")


@blueprint.post("/<order_id>/close")
@needs("orders.write")
def close(order_id: str) -> Response:
    who, order = actor(), ids.parse("ord", order_id)
    try:
        ended = close_order(who.business_id, order, reason="cancelled", actor=who.name)
        flash("Order closed." if ended == "closed" else "The order was paid before it could be closed.", "good")
    except AppError as error:
        flash(error.message, "bad")
    return see_other(_url(order))


@blueprint.post("/<order_id>/complete")
@needs("orders.write")
def complete(order_id: str) -> Response:
    who, order = actor(), ids.parse("ord", order_id)
    try:
        complete_order(who.business_id, order, actor=who.name, then=LastRead(lambda: None))
        flash("Order completed.", "good")
    except AppError as error:
        flash(error.message, "bad")
    return see_other(_url(order))


@blueprint.post("/<order_id>/poll")
@needs("orders.write")
def poll(order_id: str) -> Response:
    who, order = actor(), ids.parse("ord", order_id)
    waiting = order_page(who.business_id, order).pollable
    for attempt in waiting:
        poll_attempt(who.business_id, attempt.row.id, force=True)
    flash("Status updated from the channel." if waiting else "Nothing is pending any more.", "good")
    return see_other(_url(order))


@blueprint.post("/<order_id>/deliveries/<delivery_id>")
@needs("orders.write")
def deliver(order_id: str, delivery_id: str) -> Response:
    tried = deliver_line.try_again(actor().business_id, ids.parse("dlv", delivery_id), force=True)
    flash("Retried. See the result below." if tried else "There is nothing left to retry.", "good")
    return see_other(_url(ids.parse("ord", order_id)))


def _previewed(form: RefundForm, order_id: uuid.UUID) -> RefundPreview:
    minor, lines, who = form.wanted_minor, form.wanted_lines, actor()
    return preview_refund(
        who.business_id, order_id, amount_minor=minor, lines=lines, reason=form.reason.data, actor=who.name
    )


def _send(form: RefundForm, order_id: uuid.UUID) -> None:
    minor, lines = form.wanted_minor, form.wanted_lines
    once = ids.derive(order_id, f"refund {form.once.data} {minor} {[(each.line_id, each.quantity) for each in lines]}")
    who, reason = actor(), form.reason.data
    refund_order(
        who.business_id,
        order_id,
        amount_minor=minor,
        lines=lines,
        reason=reason,
        actor=who.name,
        transaction_id=once,
    )
    message = N_("The remaining amount is being refunded to the buyer.")
    if lines:
        message = N_("The amount for these items is being refunded to the buyer.")
    elif minor is not None:
        amount = Amount(minor, form.amount.currency)
        message = Translatable("%(amount)s is being refunded to the buyer.", amount=amount)
    flash(translate(message), "good")


def _detail(order_id: uuid.UUID, *, status: int = 200, part_id: uuid.UUID | None = None, **forms: Any) -> Response:
    found = order_page(actor().business_id, order_id)
    refund_form = forms.get("refund_form") or _refund_form().of_lines(found.lines, part_id=part_id)
    return page(
        "portal/orders/detail.html",
        {"timeline": "timeline"},
        status=status,
        found=found,
        order=found.order,
        money=found.money,
        **shown_with(actor().business_id, found),
        refund_form=refund_form,
        note_form=forms.get("note_form") or NoteForm(formdata=None),
    )


def _typed(form: RefundForm, found: OrderPage) -> RefundForm:
    form.amount.in_currency(found.money.currency)
    return form.with_reasons(refund_reasons(actor().business_id)).of_lines(found.lines, typed=True)


def _refund_form() -> RefundForm:
    return RefundForm(formdata=None).with_reasons(refund_reasons(actor().business_id))


def _url(order_id: uuid.UUID) -> str:
    return url_for("portal.orders.detail", order_id=ids.show("ord", order_id))

"""Partners: the list, one of them, adding, changing, suspending and closing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, flash, request, url_for

from app.core import clock, ids
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.domain.payments.types import Payee
from app.read.settlement import batches, holds, partners
from app.read.settlement.partners_list import KINDS
from app.web.portal.access import actor, needs, reauthenticated_today
from app.web.portal.list_state import open_list
from app.web.portal.settlement.partners.forms import PartnerForm, PayeeForm, ReasonForm, TermsForm
from app.workflow.settlement import change_payee, close_batches, manage_partners

_FIELDS = {"invalid_email": "email", "partner_exists": "reference"}
blueprint = Blueprint("partners", __name__, url_prefix="/partners")


@blueprint.get("")
@needs("settlement.read")
def index() -> Response:
    state = open_list("partners")
    return page("portal/settlement/partners/index.html", {state.target: "list"}, state=state)


@blueprint.get("/new")
@needs("settlement.write")
def new() -> Response:
    form = PartnerForm(formdata=None).offer(actor().business_id)
    return page("portal/settlement/partners/new.html", form=form)


@blueprint.post("/new")
@needs("settlement.write")
def create() -> Response:
    who = actor()
    form = PartnerForm().offer(who.business_id)
    if not form.validate():
        return page("portal/settlement/partners/new.html", form=form, status=422)
    partner_id = form.once_id(who.business_id)
    try:
        manage_partners.add(who.business_id, form.command(), actor=who.name, partner_id=partner_id)
    except AppError as error:
        form.take_error(error, {**_FIELDS, "invalid_partner": error.details.get("param", "")})
        return page("portal/settlement/partners/new.html", form=form, status=error.http_status)
    flash("Partner added. Name it in a split rule.", "good")
    return see_other(_url(partner_id))


@blueprint.get("/<partner_id>")
@needs("settlement.read")
def detail(partner_id: str) -> Response:
    return _detail(ids.parse("par", partner_id))


@blueprint.post("/<partner_id>")
@needs("settlement.write")
def save(partner_id: str) -> Response:
    partner, who = ids.parse("par", partner_id), actor()
    form = PartnerForm().offer(who.business_id)
    form.kind.data = partners.get_partner(who.business_id, partner).kind
    if not form.validate():
        return _detail(partner, form, status=422)
    try:
        manage_partners.change(who.business_id, partner, form.command())
    except AppError as error:
        form.take_error(error, {**_FIELDS, "invalid_partner": error.details.get("param", "")})
        return _detail(partner, form, status=error.http_status)
    flash("Saved.", "good")
    return see_other(_url(partner))


@blueprint.post("/<partner_id>/suspend")
@needs("settlement.write")
def suspend(partner_id: str) -> Response:
    done = "Suspended. The partner gets its shares, but no money."
    return _with_reason(partner_id, "suspend", manage_partners.suspend, done)


@blueprint.post("/<partner_id>/resume")
@needs("settlement.write")
def resume(partner_id: str) -> Response:
    partner = ids.parse("par", partner_id)
    manage_partners.resume(actor().business_id, partner, actor=actor().name)
    flash("Active again.", "good")
    return see_other(_url(partner))


@blueprint.post("/<partner_id>/close")
@needs("settlement.write")
def close(partner_id: str) -> Response:
    done = "Closed. What the partner is owed stays on its account."
    return _with_reason(partner_id, "close", manage_partners.close, done)


@blueprint.post("/<partner_id>/terms")
@needs("settlement.write")
def set_terms(partner_id: str) -> Response:
    partner, form = ids.parse("par", partner_id), TermsForm().offer()
    if not form.validate():
        return _detail(partner, terms=form, status=422)
    row = partners.get_partner(actor().business_id, partner)
    try:
        close_batches.set_terms(actor().business_id, partner, form.command(row))
    except AppError as error:
        form.take_error(error, {"invalid_terms": error.details.get("param", "")})
        return _detail(partner, terms=form, status=error.http_status)
    flash("Saved.", "good")
    return see_other(_url(partner))


@blueprint.post("/<partner_id>/payee")
@needs("settlement.write")
@reauthenticated_today
def set_payee(partner_id: str) -> Response:
    partner, form = ids.parse("par", partner_id), PayeeForm()
    if not form.validate():
        return _detail(partner, payee=form, status=422)
    payee = Payee(account=form.account.data, name=form.payee_name.data)
    approval_id = ids.derive(partner, form.once.data)
    try:
        change_payee.request(actor().business_id, partner, payee, actor=actor().name, approval_id=approval_id)
    except AppError as error:
        form.take_error(error)
        return _detail(partner, payee=form, status=error.http_status)
    flash("Approval requested for this account.", "good")
    return see_other(url_for("portal.approvals.detail", approval_id=ids.show("apr", approval_id)))


@blueprint.post("/<partner_id>/close-batch")
@needs("settlement.write")
def close_batch(partner_id: str) -> Response:
    partner = ids.parse("par", partner_id)
    try:
        batch_id = close_batches.close(
            actor().business_id, partner, currency=request.form.get("currency", ""), actor=actor().name
        )
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
        return see_other(_url(partner))
    flash("Batch closed. Request its payment.", "good")
    return see_other(url_for("portal.settlement_batches.detail", settlement_batch_id=ids.show("sba", batch_id)))


def _with_reason(partner_id: str, name: str, act: Callable[..., None], done: str) -> Response:
    partner, form = ids.parse("par", partner_id), ReasonForm(prefix=name)
    if not form.validate():
        return _detail(partner, reasons={name: form}, status=422)
    act(actor().business_id, partner, reason=form.reason.data, actor=actor().name)
    flash(done, "good")
    return see_other(_url(partner))


def _detail(
    partner_id: uuid.UUID,
    form: PartnerForm | None = None,
    *,
    reasons: Mapping[str, ReasonForm] | None = None,
    terms: TermsForm | None = None,
    payee: PayeeForm | None = None,
    status: int = 200,
) -> Response:
    found = partners.partner_page(actor().business_id, partner_id)
    return page(
        "portal/settlement/partners/detail.html",
        status=status,
        found=found,
        row=found.row,
        kind=KINDS[found.row.kind],
        form=form or PartnerForm.of(found.row),
        terms=terms or TermsForm.of(found.row),
        payee=payee or PayeeForm(formdata=None),
        due=batches.due_now(actor().business_id, partner_id),
        held=holds.held_of(actor().business_id, partner_id),
        now=clock.now(),
        reasons={name: ReasonForm(formdata=None, prefix=name) for name in ("suspend", "close")} | dict(reasons or {}),
    )


def _url(partner_id: uuid.UUID) -> str:
    return url_for("portal.partners.detail", partner_id=ids.show("par", partner_id))

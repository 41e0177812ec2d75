"""Buyers' wallets: who has one, and one buyer's balances, statement and holds."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, url_for

from app.core import clock, ids
from app.core.errors import AppError, Invalid
from app.core.web.forms import Form
from app.core.web.htmx import page, see_other
from app.lib.masking import masked
from app.read.payments.channels import list_accounts
from app.read.wallets import holds, movements, wallets
from app.read.wallets.wallet_statements import wallet_statement
from app.web.buyers import buyer_for_url, sees_buyers
from app.web.documents import statement_file
from app.web.portal.access import actor, needs
from app.web.portal.wallets.forms import HoldForm, ReleaseForm, StatementForm
from app.web.portal.wallets.state import BuyerState, SearchState
from app.workflow.wallets import hold_funds

blueprint = Blueprint("wallets", __name__, url_prefix="/wallets")


@blueprint.get("")
@needs("wallets.read")
def index() -> Response:
    who, state = actor(), SearchState.from_request()
    found = wallets.search(who.business_id, text=state.text, cursor=state.cursor, whole=not sees_buyers())
    kept = any(account.channel == "wallet" for account in list_accounts(who.business_id))
    return page("portal/wallets/index.html", {"wallet-list": "list"}, state=state, wallets=found, kept=kept)


@blueprint.get("/buyer")
@needs("wallets.read")
def detail() -> Response:
    business_id, state = actor().business_id, BuyerState.from_request(actor().membership.time_zone)
    held = wallets.wallets_of(business_id, buyer=state.buyer, at=state.end)
    lines = _lines(state := state.of(held))
    return page(
        "portal/wallets/detail.html",
        {"statement": "statement"},
        state=state,
        wallets=held,
        lines=lines[: wallets.PAGE],
        next_url=state.next_url(lines),
        last=_last(state.buyer),
        **_forms(),
        debts=wallets.debts_of(business_id, buyer=state.buyer),
        holds=_active_holds(state.buyer),
    )


@blueprint.post("/statement")
@needs("wallets.read")
def download_statement() -> Response:
    who, form = actor(), StatementForm()
    state = BuyerState.from_request(who.membership.time_zone)
    period = {"since": form.since.data, "until": form.until.data}
    try:
        if not form.validate():
            raise Invalid("invalid_parameter", "Enter the first and the last day.")
        made = wallet_statement(who.business_id, buyer=state.buyer, currency=state.currency, **period)
    except AppError as error:
        flash(error.message, "bad")
        return see_other(state.url())
    return statement_file(made, form.kind.data, buyer=state.buyer if sees_buyers() else masked(state.buyer))


def _lines(state: BuyerState) -> list[wallets.Entry]:
    return wallets.statement(actor().business_id, buyer=state.buyer, currency=state.currency, before=state.before)


def _active_holds(buyer: str) -> list[holds.Hold]:
    return holds.list_holds(actor().business_id, buyer=buyer, status="active", after=None, limit=50)


@blueprint.get("/hold")
@needs("wallets.write")
def hold() -> Response:
    return page("portal/wallets/hold.html", form=HoldForm.from_request())


@blueprint.post("/hold")
@needs("wallets.write")
def place_hold() -> Response:
    form = HoldForm()
    if not form.is_fine():
        return page("portal/wallets/hold.html", form=form, status=422)
    try:
        _place(form)
    except AppError as error:
        form.take_error(error, {"insufficient_funds": "amount", "invalid_amount": "amount"})
        return page("portal/wallets/hold.html", form=form, status=error.http_status)
    flash("Hold placed. The money cannot be spent until you release it.", "good")
    return see_other(url_for(".detail", reference=buyer_for_url(form.buyer.data), currency=form.currency.data))


def _place(form: HoldForm) -> None:
    hold_funds.place(
        actor().business_id,
        buyer=form.buyer.data,
        money=form.money,
        reason=form.reason.data,
        actor=actor().name,
        hold_id=_once(form),
    )


@blueprint.post("/holds/<hold_id>/release")
@needs("wallets.write")
def release(hold_id: str) -> Response:
    who, known, form = actor(), ids.parse("hld", hold_id), ReleaseForm()
    row = holds.get_hold(who.business_id, known).row
    form.amount.in_currency(row.currency)
    if form.validate():
        _release(known, form)
    else:
        flash(next(error for field in form for error in field.errors), "bad")
    return see_other(url_for(".detail", reference=buyer_for_url(row.buyer_reference), currency=row.currency))


def _release(hold_id: uuid.UUID, form: ReleaseForm) -> None:
    who, minor = actor(), form.amount.minor
    try:
        hold_funds.release(
            who.business_id,
            hold_id,
            amount_minor=minor,
            reason=form.reason.data,
            actor=who.name,
            release_id=_once(form, hold_id),
        )
        flash("Hold released. The buyer can spend the money.", "good")
    except AppError as error:
        flash(error.message, "bad")


def _forms() -> dict[str, Form]:
    last_month = StatementForm.of_last_month(clock.now().date())
    return {"release_form": ReleaseForm(formdata=None), "statement_form": last_month}


def _once(form: HoldForm | ReleaseForm, hold_id: uuid.UUID | None = None) -> uuid.UUID:
    """The id that this form makes, however often it is sent; holds on one page share their form."""
    return ids.derive(hold_id or actor().business_id, f"{type(form).__name__} {form.once.data}")


def _last(buyer: str) -> list[movements.Movement]:
    filters = movements.MovementFilter(buyer=buyer)
    return movements.list_movements(actor().business_id, filters, after=None, limit=5)[:5] if buyer else []

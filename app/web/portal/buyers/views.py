"""Buyers: the list, one of them, notes, and two who are one person."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.read.buyers import buyers as read
from app.read.buyers.buyer_page import BuyerPage, buyer_page
from app.web.portal.access import actor, needs
from app.web.portal.buyers.forms import BuyerForm, MergeForm, NewBuyerForm, NoteForm
from app.web.portal.list_state import open_list
from app.workflow.buyers import change_buyer, create_buyer, merge_buyers, note_buyer

blueprint = Blueprint("buyers", __name__, url_prefix="/buyers")


@blueprint.get("")
@needs("buyers.read")
def index() -> Response:
    state = open_list("buyers")
    return page("portal/buyers/index.html", {state.target: "list"}, state=state)


@blueprint.get("/new")
@needs("buyers.write")
def new() -> Response:
    return page("portal/buyers/new.html", form=NewBuyerForm(formdata=None))


@blueprint.post("/new")
@needs("buyers.write")
def create() -> Response:
    who, form = actor(), NewBuyerForm()
    if not form.validate():
        return page("portal/buyers/new.html", form=form, status=422)
    try:
        made = create_buyer.create_buyer(who.business_id, form.command(), source="portal", actor=who.name)
    except AppError as error:
        form.take_error(error, {error.code: str(error.details.get("param", ""))})
        return page("portal/buyers/new.html", form=form, status=error.http_status)
    flash("Buyer created.", "good")
    return see_other(_url(ids.show("byr", made)))


@blueprint.get("/<buyer_id>")
@needs("buyers.read")
def detail(buyer_id: str) -> Response:
    found = buyer_page(actor().business_id, ids.parse("byr", buyer_id))
    form = BuyerForm(formdata=None)
    form.show(found.row)
    return _detail(found, form)


@blueprint.post("/<buyer_id>")
@needs("buyers.write")
def change(buyer_id: str) -> Response:
    business_id, known, form = actor().business_id, ids.parse("byr", buyer_id), BuyerForm()
    found = buyer_page(business_id, known)
    if not form.validate():
        return _detail(found, form, status=422)
    try:
        change_buyer.change_buyer(business_id, known, form.changes())
    except AppError as error:
        form.take_error(error, {error.code: str(error.details.get("param", ""))})
        return _detail(found, form, status=error.http_status)
    flash("Saved.", "good")
    return see_other(_url(buyer_id))


@blueprint.post("/<buyer_id>/notes")
@needs("buyers.write")
def note(buyer_id: str) -> Response:
    who, form = actor(), NoteForm()
    if form.validate():
        note_buyer.note_buyer(who.business_id, ids.parse("byr", buyer_id), body=form.body.data, author=who.name)
        flash("Note added.", "good")
    else:
        flash(str(form.body.errors[0]), "bad")
    return see_other(_url(buyer_id))


@blueprint.get("/<buyer_id>/merge")
@needs("buyers.write")
def merge(buyer_id: str) -> Response:
    business_id, typed = actor().business_id, request.args.get("into", "").replace("\x00", "").strip()[:254]
    row = read.get_buyer(business_id, ids.parse("byr", buyer_id))
    other = read.named_buyer(business_id, typed) if typed else None
    form = MergeForm(formdata=None, into=typed)
    if typed and other is None:
        form.into.errors = ["There is no such buyer. Only a proven email address names one."]
    seen = merge_buyers.look_at_merge(business_id, row.id, into=other.id, actor=actor().name) if other else None
    return page("portal/buyers/merge.html", row=row, other=other, look=seen, form=form)


@blueprint.post("/<buyer_id>/merged")
@needs("buyers.write")
def merged(buyer_id: str) -> Response:
    who, known = actor(), ids.parse("byr", buyer_id)
    into, reason = request.form.get("into", "")[:60], request.form.get("reason", "").strip()[:200]
    try:
        merge_buyers.merge_buyers(
            who.business_id, known, into=ids.parse("byr", into), reason=reason or "same person", actor=who.name
        )
    except AppError as error:
        flash(error.message, "bad")
        return see_other(url_for(".merge", buyer_id=buyer_id, into=into))
    flash("Merged. Everything is this buyer’s now.", "good")
    return see_other(_url(into))


def _detail(found: BuyerPage, form: BuyerForm, *, status: int = 200) -> Response:
    forms: dict[str, Any] = {"form": form, "note_form": NoteForm(formdata=None), "merge_form": MergeForm(formdata=None)}
    return page("portal/buyers/detail.html", status=status, found=found, row=found.row, **forms)


def _url(buyer_id: str) -> str:
    return url_for("portal.buyers.detail", buyer_id=buyer_id)

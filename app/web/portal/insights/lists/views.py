"""What is done with a list as a whole: kept as a view, shown with other columns, taken out as a file."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.web.htmx import see_other
from app.read.insights.saved_views import get_export
from app.web.exports.views import send_file
from app.web.portal.access import ANYBODY, actor, needs
from app.web.portal.list_state import PLACES, ListState, open_list
from app.workflow.insights import make_export, save_view
from app.workflow.insights.make_export import ExportCommand
from app.workflow.insights.save_view import SavedViewCommand

blueprint = Blueprint("lists", __name__, url_prefix="/lists")


@blueprint.post("/<listing>/views")
@needs(ANYBODY)
def save(listing: str) -> Response:
    state = open_list(listing)
    name, shared = request.form.get("name", ""), "shared" in request.form
    try:
        kept = {"oldest_first": state.oldest_first, "by_amount": state.by_amount}
        command = SavedViewCommand(filters=state.filters, columns=_keys(state), **kept)
        user = actor().user.id
        made = save_view.save_view(actor().business_id, listing, command, user_id=user, name=name, shared=shared)
    except AppError as error:
        flash(error.message, "bad")
        return see_other(state.url())
    flash("View saved.", "good")
    return see_other(state.url(saved=ids.show("vie", made)))


@blueprint.post("/views/<view_id>/remove")
@needs(ANYBODY)
def remove(view_id: str) -> Response:
    who, view = actor(), ids.parse("vie", view_id)
    of = save_view.remove_view(who.business_id, view, user_id=who.user.id, any_shared=who.may("settings.write"))
    flash("View removed.", "good")
    return see_other(url_for(PLACES[of].endpoint if of in PLACES else "portal.home.index"))


@blueprint.post("/<listing>/columns")
@needs(ANYBODY)
def columns(listing: str) -> Response:
    state, who = open_list(listing), actor()
    known = [column.key for column in state.listing.columns]
    chosen = [] if "reset" in request.form else [key for key in request.form.getlist("columns") if key in known]
    if state.saved is not None and state.saved.user_id == who.user.id:
        view = state.saved
        command = SavedViewCommand(
            filters=view.filters, columns=chosen, oldest_first=view.oldest_first, by_amount=view.by_amount
        )
        save_view.save_view(who.business_id, listing, command, user_id=who.user.id, name=view.name, shared=view.shared)
        return see_other(state.url())
    save_view.choose_columns(who.business_id, listing, chosen, user_id=who.user.id)
    return see_other(state.url(saved=""))


@blueprint.post("/<listing>/export")
@needs(ANYBODY)
def export(listing: str) -> Response:
    state, who = open_list(listing), actor()
    try:
        made = make_export.start_export(who.business_id, state.listing, _command(state), holder=who.name)
    except AppError as error:
        flash(error.message, "bad")
        return see_other(state.url())
    run = get_export(who.business_id, made, who.name)
    if run.key is not None:
        return send_file(who.business_id, made)
    flash("This list is long, so the file is being prepared in the background.", "good")
    return see_other(url_for("portal.exports.index"))


def _command(state: ListState) -> ExportCommand:
    every = "every" in request.form.getlist("columns")
    return ExportCommand(
        filters=state.filters,
        columns=[column.key for column in state.listing.columns] if every else _keys(state),
        format=request.form.get("format", "csv"),
        time_zone=request.form.get("time_zone") or state.who.membership.time_zone,
        oldest_first=state.oldest_first,
        by_amount=state.by_amount,
        sees_buyers=state.sees_buyers,
    )


def _keys(state: ListState) -> list[str]:
    return [column.key for column in state.columns]

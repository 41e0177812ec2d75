"""Movements of money of every kind: the list, and one of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, url_for

from app.core import ids
from app.core.htmx import page, see_other
from app.read import movements as read
from app.read.movement_page import movement_page
from app.web.portal.access import actor, needs
from app.web.portal.movements.filters import ListState
from app.workflow.manage_channels import available_channels
from app.workflow.resolve_unknown import resolve

blueprint = Blueprint("movements", __name__, url_prefix="/movements")


@blueprint.get("")
@needs("wallets.read")
def index() -> Response:
    who, state = actor(), ListState.from_request()
    found = read.page_of_movements(who.business_id, state.wanted(who.seat.time_zone), cursor=state.cursor)
    choices: dict[str, Any] = {"kinds": read.KINDS, "channels": available_channels()}
    return page("portal/movements/index.html", {"movement-list": "list"}, state=state, movements=found, **choices)


@blueprint.get("/<movement_id>")
@needs("wallets.read")
def detail(movement_id: str) -> Response:
    found = movement_page(actor().business_id, ids.parse("txn", movement_id))
    return page("portal/movements/detail.html", found=found, row=found.movement.row)


@blueprint.post("/<movement_id>/ask")
@needs("wallets.write")
def ask(movement_id: str) -> Response:
    who = actor()
    waiting = movement_page(who.business_id, ids.parse("txn", movement_id)).undecided
    for attempt in waiting:
        resolve(who.business_id, attempt.row.id, force=True)
    flash("Asked the channel; this is its answer." if waiting else "Nothing is undecided any more.", "good")
    return see_other(url_for("portal.movements.detail", movement_id=movement_id))

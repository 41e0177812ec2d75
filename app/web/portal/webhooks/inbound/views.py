"""What the merchant's systems said about our objects, and what became of it."""

from __future__ import annotations

import json

from flask import Blueprint, Response, flash, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.core.web.redacted_bodies import without_buyers
from app.read.webhooks import inbound_events as read
from app.web.buyers import sees_buyers
from app.web.portal.access import actor, needs
from app.web.portal.actors import names_of
from app.web.portal.list_state import open_list
from app.workflow.operations import accept_inbound_event

blueprint = Blueprint("inbound", __name__, url_prefix="/inbound-events")


@blueprint.get("")
@needs("webhooks.read")
def index() -> Response:
    state = open_list("inbound_events")
    return page("portal/webhooks/inbound/index.html", {state.target: "list"}, state=state)


@blueprint.get("/<inbound_event_id>")
@needs("webhooks.read")
def detail(inbound_event_id: str) -> Response:
    row = read.get_inbound(actor().business_id, ids.parse("ibe", inbound_event_id))
    payload = dict(row.payload) if sees_buyers() else without_buyers(dict(row.payload))
    body = json.dumps(payload, indent=2, ensure_ascii=False)
    names = names_of(actor().business_id, [row.replayed_by] if row.replayed_by else [])
    return page("portal/webhooks/inbound/detail.html", row=row, body=body, names=names, prefixes=read.PREFIXES)


@blueprint.post("/<inbound_event_id>/replay")
@needs("webhooks.write")
def replay(inbound_event_id: str) -> Response:
    who, row_id = actor(), ids.parse("ibe", inbound_event_id)
    try:
        accept_inbound_event.replay_inbound_event(who.business_id, row_id, actor=who.name)
        flash("Replayed. See below what became of it.", "good")
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return see_other(url_for(".detail", inbound_event_id=inbound_event_id))

"""Clearing: who got what of which order."""

from __future__ import annotations

from flask import Blueprint, Response

from app.core.web.htmx import page
from app.web.portal.access import needs
from app.web.portal.list_state import open_list

blueprint = Blueprint("clearing", __name__, url_prefix="/clearing")


@blueprint.get("")
@needs("settlement.read")
def index() -> Response:
    state = open_list("clearing")
    return page("portal/settlement/clearing/index.html", {state.target: "list"}, state=state)

"""Refunds: what goes back to buyers."""

from __future__ import annotations

from flask import Blueprint, Response

from app.core.web.htmx import page
from app.web.portal.access import needs
from app.web.portal.list_state import open_list

blueprint = Blueprint("refunds", __name__, url_prefix="/refunds")


@blueprint.get("")
@needs("orders.read")
def index() -> Response:
    state = open_list("refunds")
    return page("portal/payments/refunds/index.html", {state.target: "list"}, state=state)

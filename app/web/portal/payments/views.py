"""Payments: every attempt to take money."""

from __future__ import annotations

from flask import Blueprint, Response

from app.core.web.htmx import page
from app.web.portal.access import needs
from app.web.portal.list_state import open_list

blueprint = Blueprint("payments", __name__, url_prefix="/payments")


@blueprint.get("")
@needs("orders.read")
def index() -> Response:
    state = open_list("payments")
    return page("portal/payments/index.html", {state.target: "list"}, state=state)

"""What merchants' programs asked of the API, and what they were told."""

from __future__ import annotations

import json

from flask import Blueprint, Response

from app.core import ids
from app.core.web.htmx import page
from app.core.web.redacted_bodies import without_buyers
from app.read.accounts.keys import list_keys
from app.read.insights.request_logs import around, get_log
from app.web.buyers import sees_buyers
from app.web.portal.access import actor, needs
from app.web.portal.list_state import open_list

blueprint = Blueprint("requests", __name__, url_prefix="/requests")


@blueprint.get("")
@needs("keys.read")
def index() -> Response:
    state = open_list("requests")
    return page("portal/insights/requests/index.html", {state.target: "list"}, state=state)


@blueprint.get("/<request_id>")
@needs("keys.read")
def detail(request_id: str) -> Response:
    business_id = actor().business_id
    row = get_log(business_id, ids.parse("req", request_id))
    keys = {key.id: key for key in list_keys(business_id)}
    sent, received = _shown(row.request_body), _shown(row.response_body)
    others = around(business_id, row)
    return page(
        "portal/insights/requests/detail.html",
        row=row,
        key=keys.get(row.key_id),
        sent=sent,
        told=received,
        others=others,
    )


def _shown(body: object) -> str:
    visible = body if sees_buyers() else without_buyers(body)
    return "" if body is None else json.dumps(visible, indent=2, ensure_ascii=False)

"""Reviews: the list. What is done about one is done in its case."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.core import paging
from app.core.web.htmx import page
from app.read.risk import reviews
from app.web.portal.access import actor, needs

blueprint = Blueprint("risk_reviews", __name__, url_prefix="/risk/reviews")


@blueprint.get("")
@needs("risk.read")
def index() -> Response:
    given = {name: request.args.get(name, "") for name in ("status", "cursor")}
    found = reviews.list_reviews(
        actor().business_id,
        status=given["status"] if given["status"] in reviews.STATUSES else None,
        after=paging.key_of(given["cursor"]),
        limit=reviews.PAGE,
    )
    rows, next_cursor = paging.cut(found, reviews.PAGE)
    return page("portal/risk/risk_reviews/index.html", rows=rows, next_cursor=next_cursor, given=given)

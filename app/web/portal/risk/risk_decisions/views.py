"""Decisions: the list, and one with its facts."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.core import ids, paging
from app.core.web.htmx import page
from app.domain.risk.facts import FACTS_OF
from app.domain.risk.types import DecisionSubject, Result
from app.read.risk import decisions
from app.web.portal.access import actor, needs

blueprint = Blueprint("risk_decisions", __name__, url_prefix="/risk/decisions")


@blueprint.get("")
@needs("risk.read")
def index() -> Response:
    given = {name: request.args.get(name, "") for name in ("result", "subject", "order", "cursor")}
    found = decisions.list_decisions(
        actor().business_id,
        result=given["result"] if given["result"] in set(Result) else None,
        shadow_result=Result.BLOCK if given["result"] == "shadow" else None,
        subject=given["subject"] if given["subject"] in set(DecisionSubject) else None,
        order_id=ids.try_parse(given["order"], "ord"),
        after=paging.key_of(given["cursor"]),
        limit=decisions.PAGE,
    )
    rows, next_cursor = paging.cut(found, decisions.PAGE)
    return page("portal/risk/risk_decisions/index.html", rows=rows, next_cursor=next_cursor, given=given)


@blueprint.get("/<risk_decision_id>")
@needs("risk.read")
def detail(risk_decision_id: str) -> Response:
    row = decisions.get_decision(actor().business_id, ids.parse("rdc", risk_decision_id))
    return page("portal/risk/risk_decisions/detail.html", row=row, facts=FACTS_OF[row.subject])

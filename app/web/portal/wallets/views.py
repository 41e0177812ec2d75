"""Buyers' wallets: who has one, and one buyer's balances, statement and top-ups."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from app.core.htmx import page
from app.read import movements, wallets
from app.read.channels import list_accounts
from app.web.portal.access import actor, needs
from app.web.portal.wallets.state import BuyerState, SearchState

blueprint = Blueprint("wallets", __name__, url_prefix="/wallets")


@blueprint.get("")
@needs("wallets.read")
def index() -> Response:
    who, state = actor(), SearchState.from_request()
    found = wallets.search(who.business_id, text=state.text, cursor=state.cursor)
    kept = any(account.channel == "wallet" for account in list_accounts(who.business_id))
    return page("portal/wallets/index.html", {"wallet-list": "list"}, state=state, wallets=found, kept=kept)


@blueprint.get("/buyer")
@needs("wallets.read")
def detail() -> Response:
    who = actor()
    held = wallets.wallets_of(who.business_id, buyer=request.args.get("reference", "").replace("\x00", ""))
    state = BuyerState.from_request(held)
    lines = wallets.statement(who.business_id, buyer=state.buyer, currency=state.currency, before=state.before)
    wanted = movements.MovementFilter(kind="top_up", buyer=state.buyer)
    top_ups = movements.list_movements(who.business_id, wanted, after=None, limit=5) if state.buyer else []
    parts: dict[str, Any] = {"state": state, "wallets": held, "lines": lines[: wallets.PAGE], "top_ups": top_ups[:5]}
    return page("portal/wallets/detail.html", {"statement": "statement"}, next_url=state.next_url(lines), **parts)

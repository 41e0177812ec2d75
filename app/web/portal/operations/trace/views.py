"""Trace: from any id the whole chain, as a diagram and as a list."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request, url_for

from app.core.errors import NotFound
from app.core.ids import show
from app.core.lists import ListRequest
from app.core.web.htmx import page
from app.read.operations.hops import Hop
from app.read.operations.trace import Trace, seen_by, trace
from app.read.orders.orders_list import OrderRow
from app.read.orders.orders_list import read as read_orders
from app.web.portal.access import Actor, actor, needs
from app.web.portal.operations.trace.diagram import draw

blueprint = Blueprint("trace", __name__, url_prefix="/trace")
CHOICES = 20
MAX_LENGTH = 200
_WITHOUT_PAGE = frozenset(
    {"mail", "checkout_session", "hold", "event", "audit_entry", "export", "import", "bulk_run", "product"}
)


@blueprint.get("")
@needs("orders.read")
def index() -> Response:
    who, text = actor(), request.args.get("q", "").strip()[:MAX_LENGTH]
    found = _traced(who, text) if text else None
    if found is not None:
        url_of = _addresses(who, found)
        drawn = draw(found, url_of)
        return page(
            "portal/operations/trace/index.html", text=text, found=found, diagram=drawn, url_of=url_of, choices=()
        )
    orders = _orders(who, text, CHOICES) if text else ()
    return page("portal/operations/trace/index.html", text=text, found=None, choices=orders)


def _traced(who: Actor, text: str) -> Trace | None:
    """The chain, also of a buyer who ordered only once; None when there is none, or more than one."""
    try:
        found = trace(who.business_id, text)
    except NotFound:
        orders = _orders(who, text, 2)
        if len(orders) != 1:
            return None
        found = trace(who.business_id, show("ord", orders[0].id))
    if found.lead.kind == "request":
        who.require("keys.read")
    elif found.lead.kind != "order":
        who.require("wallets.read")
    return seen_by(found, who.may)


def _orders(who: Actor, text: str, most: int) -> list[OrderRow]:
    list_request = ListRequest(who.business_id, {"q": text}, sees_buyers=who.may("buyers.read"))
    return read_orders(list_request, None, most)[:most]


def _addresses(who: Actor, found: Trace) -> Callable[[Hop], str]:
    """Where each object of the chain has its page, as far as this seat may open it."""
    orders = [hop.id for hop in found.hops if hop.kind == "order"]
    here = url_for("portal.orders.detail", order_id=orders[0]) if len(orders) == 1 else ""

    def address(hop: Hop) -> str:
        if hop.kind == "request":
            return url_for("portal.requests.detail", request_id=hop.id) if hop.status else ""
        if hop.kind == "order":
            return url_for("portal.orders.detail", order_id=hop.id)
        if hop.kind == "webhook_delivery":
            return url_for("portal.webhooks.delivery", webhook_delivery_id=hop.id) if who.may("webhooks.read") else ""
        if hop.kind in _WITHOUT_PAGE:
            return ""
        movement = hop.came_from[0].id if hop.kind == "attempt" else hop.id
        if movement.startswith("txn_") and who.may("wallets.read"):
            return url_for("portal.movements.detail", movement_id=movement)
        return f"{here}#ledger" if hop.kind == "journal" and here else here

    return address

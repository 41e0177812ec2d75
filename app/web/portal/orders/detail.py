"""What the page of one order shows beside the order itself."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from app.core.i18n.marks import N_
from app.core.ids import show
from app.domain.fulfilment.types import SHIPPING
from app.domain.orders.states import OrderStatus
from app.read.fulfilment.parcels import ShownParcel, packable, parcels_of
from app.read.ledger.t_accounts import ledger_view
from app.read.orders.credit_notes import notes_of
from app.read.orders.order_page import OrderPage
from app.read.orders.timeline import GROUPS, timeline
from app.read.payments import disputes
from app.read.risk.decisions import OF_ORDER, DecisionRow, list_decisions
from app.read.settlement.clearing import explain_order
from app.read.settlement.clearing_list import percent
from app.web.portal.access import actor
from app.web.portal.actors import actor_names
from app.web.portal.address import Tab
from app.web.portal.operations.flows.diagram import draw
from app.web.portal.orders.commands import commands

SHOWN = {
    "": N_("Everything"),
    "states": N_("Order"),
    "payments": N_("Payments"),
    "deliveries": N_("Deliveries"),
    "ledger": N_("Ledger"),
} | {
    "messages": N_("Messages"),
    "people": N_("People"),
}


def shown_with(business_id: uuid.UUID, found: OrderPage) -> dict[str, Any]:
    """The timeline, narrowed as the address asks; the flow, wide and narrow; the books; and commands."""
    group = request.args.get("show", "")
    group = group if group in GROUPS else ""
    moments = timeline(found, group)
    steps = [
        (change.from_state, change.to_state)
        for change in found.changes
        if change.row_id == found.order.id and change.from_state
    ]
    attempts = [attempt for transaction in found.transactions for attempt in transaction.attempts]
    return {
        "moments": moments,
        "tabs": _tabs(found.order.id, group),
        "names": actor_names(business_id, moments),
        "flows": [
            draw("order", current=found.order.status, visited=steps, upright=upright) for upright in (False, True)
        ],
        "ledger": ledger_view(found.journals, attempts, [found.order.buyer_reference]),
        "commands": commands(found),
        "shipping": _shipping(business_id, found),
        "credit_notes": notes_of(business_id, found.order.id) if found.order.refunded_minor else (),
        "shares": explain_order(business_id, found.order.id) if _has_shares(found) else (),
        "percent": percent,
        "decided": _decided(business_id, found.order.id),
        "disputed": disputes.list_disputes(business_id, order_id=found.order.id, limit=disputes.OF_ORDER)
        if actor().may("orders.read")
        else (),
    }


@dataclass(frozen=True)
class Shipping:
    """The parcels of an order, and whether there is something left to pack."""

    parcels: Sequence[ShownParcel]
    is_packable: bool


def _shipping(business_id: uuid.UUID, found: OrderPage) -> Shipping | None:
    """None for an order of which nothing is shipped."""
    if all(each.kind != SHIPPING for each in found.deliveries):
        return None
    left = packable(business_id, found.order.id) if found.order.status == OrderStatus.FULFILLING else ()
    return Shipping(parcels_of(business_id, found.order.id), bool(left))


def _decided(business_id: uuid.UUID, order_id: uuid.UUID) -> Sequence[DecisionRow]:
    """What rules made of its payments, for who may see that."""
    return list_decisions(business_id, order_id=order_id, limit=OF_ORDER) if actor().may("risk.read") else ()


def _has_shares(found: OrderPage) -> bool:
    return found.order.clears_on is not None and actor().may("settlement.read")


def _tabs(order_id: uuid.UUID, group: str) -> list[Tab]:
    here = url_for("portal.orders.detail", order_id=show("ord", order_id))
    return [
        Tab(title, f"{here}?show={key}#timeline" if key else f"{here}#timeline", key == group)
        for key, title in SHOWN.items()
    ]

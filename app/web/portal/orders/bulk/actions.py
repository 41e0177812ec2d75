"""What may be done to many orders, and which orders are meant."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import request

from app.core import ids
from app.core.errors import Invalid
from app.core.i18n.marks import N_
from app.web.portal.list_state import ListState, open_list
from app.workflow.orders.bulk_orders import MAX_COUNT


@dataclass(frozen=True)
class Action:
    """One of them: what it is called on its button, what it does, and who may do it."""

    key: str
    title: str
    text: str
    permission: str
    tone: str = "primary"


ACTIONS = {
    each.key: each
    for each in (
        Action("note", N_("Add a note"), N_("Adds the same internal note to each order."), "notes.write"),
        Action(
            "poll", N_("Check status now"), N_("Polls the channel for pending payments and refunds."), "orders.write"
        ),
        Action(
            "receipt",
            N_("Resend receipts"),
            N_("Emails receipts to buyers who paid and have an email address."),
            "orders.write",
        ),
        Action(
            "webhooks",
            N_("Resend webhooks"),
            N_("Resends the latest event of each order to its endpoints."),
            "webhooks.write",
        ),
        Action(
            "close",
            N_("Close"),
            N_("Buyers can no longer pay these orders. Paid orders are unchanged."),
            "orders.write",
            "danger",
        ),
    )
}


@dataclass(frozen=True)
class SelectedOrders:
    """The orders that are meant: those that were ticked, or all of the list, MAX_COUNT at most."""

    order_ids: tuple[uuid.UUID, ...]
    every: bool
    is_cut: bool
    state: ListState

    @property
    def text(self) -> str:
        """The orders as a form carries them."""
        return " ".join(ids.show("ord", each) for each in self.order_ids)


def action_of(key: str) -> Action:
    """The action of this name.

    Raises:
        Invalid: there is none.
    """
    if key not in ACTIONS:
        raise Invalid("invalid_action", "Choose an action.")
    return ACTIONS[key]


def chosen() -> SelectedOrders:
    """What the address and the form name."""
    state = open_list("orders")
    if request.values.get("every"):
        found = state.listing.read(state.asked, None, MAX_COUNT + 1)
        return SelectedOrders(tuple(row.id for row in found[:MAX_COUNT]), True, len(found) > MAX_COUNT, state)
    ticked = [ids.try_parse(text, "ord") for given in request.values.getlist("ids") for text in given.split()]
    return SelectedOrders(tuple(each for each in ticked if each is not None)[:MAX_COUNT], False, False, state)

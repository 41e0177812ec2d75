"""What people do about an order in the portal, for programs: notes, polling the payment company, delivering again."""

from typing import Annotated

from pydantic import Field

from app.api.kit.shapes import PRINTABLE, Answer, Shape
from app.api.v1.api import KeyCaller, about_order, v1
from app.core.ids import parse, show
from app.read.orders.order_page import order_page
from app.workflow.fulfilment import deliver_line
from app.workflow.orders.write_note import MAX_LENGTH, write_note
from app.workflow.payments.poll_undecided import poll_attempt


class NoteRequest(Shape):
    """A note about an order, for your people."""

    body: Annotated[str, Field(min_length=1, max_length=MAX_LENGTH), PRINTABLE]


class Note(Answer):
    """A note that was kept."""

    id: str
    order_id: str
    body: str


class PolledPayments(Answer):
    """How many payments were undecided, and polled."""

    polled: int


class Tried(Answer):
    """Whether there was something to do."""

    delivery_id: str
    tried: Annotated[bool, Field(description="False if there was nothing to do.")]


@v1.post(
    "/orders/{order_id}/notes", body=NoteRequest, answer=Note, status=201, permission="orders.write", tag="Orders",
    errors=("invalid_note",),
)  # fmt: skip
def write_order_note(caller: KeyCaller, order_id: str, body: NoteRequest) -> Note:
    """Write a note.

    It stands in the order's timeline in the portal. Buyers never see it.
    """
    row_id = parse("ord", order_id)
    about_order(row_id)
    made = write_note(caller.business_id, row_id, body=body.body, author=caller.actor)
    return Note(id=show("not", made), order_id=order_id, body=body.body)


@v1.post(
    "/orders/{order_id}/poll",
    answer=PolledPayments,
    permission="orders.write",
    tag="Orders",
    errors=("version_conflict",),
)
def poll_order(caller: KeyCaller, order_id: str) -> PolledPayments:
    """Poll undecided payments now.

    Bursar polls the payment company by itself, too, at ever longer intervals.
    """
    row_id = parse("ord", order_id)
    about_order(row_id)
    waiting = order_page(caller.business_id, row_id).pollable
    for attempt in waiting:
        poll_attempt(caller.business_id, attempt.row.id, force=True)
    return PolledPayments(polled=len(waiting))


@v1.post(
    "/deliveries/{delivery_id}/try",
    answer=Tried,
    permission="orders.write",
    tag="Deliveries",
    errors=("version_conflict",),
)
def try_delivery(caller: KeyCaller, delivery_id: str) -> Tried:
    """Try a delivery now.

    By itself one that waits is tried again and again.
    """
    tried = deliver_line.try_again(caller.business_id, parse("dlv", delivery_id), force=True)
    return Tried(delivery_id=delivery_id, tried=tried)

"""What orders hold until they are paid or closed, and the merchant's own systems that hold some of it."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, AnyAmountMinor, Moment, OneOf, OrderId, Sentence, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.api.v1.parts import System
from app.core.errors import Conflict
from app.core.ids import parse, show
from app.domain.catalog.states import StockStatus
from app.domain.orders.reservations.states import ReservationStatus
from app.read.orders import reservations
from app.workflow.catalog import manage_participant
from app.workflow.orders import reserve_remotely

Participant = Annotated[str, OneOf(("stock", "wallet", "remote"))]


class Reservation(Answer):
    """Something held for one order."""

    id: str
    order_id: str
    participant: Annotated[Participant, Field(description="`remote`: your own system.")]
    status: Annotated[
        str,
        OneOf((*ReservationStatus, StockStatus.RESTOCKED)),
        Field(description="`stuck`: your system has rejected or not acknowledged the decision."),
    ]
    target: Annotated[str, OneOf(("reserve", "extend", "confirm", "cancel")), Field(description="The decision.")]
    sku_id: str | None
    quantity: int | None
    amount_minor: AnyAmountMinor | None
    error: str | None
    created_at: Moment
    expires_at: Moment
    next_attempt_at: Annotated[Moment | None, Field(description="When your system is notified next.")]


class ReservationQuery(ListQuery):
    """What a list of reservations may be narrowed by."""

    order_id: OrderId | None = None
    participant: Participant | None = None
    open: Annotated[bool, Field(description="Only what is not finalised yet.")] = False
    stuck: Annotated[bool, Field(description="Only stuck ones.")] = False


class ReservationRetried(Answer):
    """What came of it."""

    sent: Annotated[bool, Field(description="False if it was already resolved.")]
    reservation: Annotated[Reservation, Field(description="The current reservation, with your system’s response.")]


class ReservationReleaseRequest(Shape):
    """Why a reservation is given up."""

    reason: Sentence


class SystemRequest(Shape):
    """Your own system that keeps a SKU's units."""

    url: Annotated[str, Field(min_length=1, max_length=2000)]


@v1.get("/reservations", query=ReservationQuery, answer=Page[Reservation], permission="orders.read", tag="Reservations")
def list_reservations(caller: KeyCaller, query: ReservationQuery) -> Page[Reservation]:
    """List reservations.

    Newest first: stock, shares of wallets, and what your own systems hold.
    """
    filters = reservations.Filter(
        order_id=parse("ord", query.order_id) if query.order_id else None,
        participant=query.participant or "",
        state="stuck" if query.stuck else "open" if query.open else "",
    )
    found = reservations.list_reservations(caller.business_id, filters, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_reservation, key=lambda row: (row.created_at, row.id))


@v1.get("/reservations/{reservation_id}", answer=Reservation, permission="orders.read", tag="Reservations")
def get_reservation(caller: KeyCaller, reservation_id: str) -> Reservation:
    """Get a reservation."""
    return _reload(caller, reservation_id)


@v1.post(
    "/reservations/{reservation_id}/retry",
    answer=ReservationRetried,
    permission="orders.write",
    tag="Reservations",
    errors=("version_conflict",),
)
def retry_reservation(caller: KeyCaller, reservation_id: str) -> ReservationRetried:
    """Notify your system now of what was decided.

    Bursar retries by itself, too, at ever longer intervals. A try that was left behind is cancelled, and its
    order closed. Of stock and wallets nothing is ever open.
    """
    row_id, known = parse("rsv", reservation_id), _reload(caller, reservation_id)
    is_sent = known.participant == "remote" and reserve_remotely.finalise(caller.business_id, row_id, force=True)
    return ReservationRetried(sent=is_sent, reservation=_reload(caller, reservation_id))


@v1.post(
    "/reservations/{reservation_id}/release",
    body=ReservationReleaseRequest,
    answer=Reservation,
    permission="orders.write",
    tag="Reservations",
    errors=("nothing_open", "version_conflict"),
)
def release_reservation(caller: KeyCaller, reservation_id: str, body: ReservationReleaseRequest) -> Reservation:
    """Give a reservation up.

    Your system is not told any more: see to it there. An order that still waits is closed.
    """
    if _reload(caller, reservation_id).participant != "remote":
        raise Conflict("nothing_open", "Stock and wallet reservations are released with their order.")
    about = {"reason": body.reason, "actor": caller.actor}
    reserve_remotely.release(caller.business_id, parse("rsv", reservation_id), **about)
    return _reload(caller, reservation_id)


@v1.post(
    "/skus/{sku_id}/participant",
    body=SystemRequest,
    answer=System,
    permission="products.write",
    tag="Reservations",
    errors=("invalid_url",),
)
def set_participant(caller: KeyCaller, sku_id: str, body: SystemRequest) -> System:
    """Have a SKU's units held by your own system.

    It is called with a signed POST (Standard Webhooks) of `try` when an order is placed, then `confirm` when it is paid
    or `cancel` when it is not. 2xx means done and 4xx no; anything else is told again, and an order whose `try` had no
    answer is not placed.
    """
    secret = manage_participant.set_participant(caller.business_id, parse("sku", sku_id), body.url)
    return System(url=body.url, secret=secret)


def _reload(caller: KeyCaller, reservation_id: str) -> Reservation:
    return _reservation(reservations.one_reservation(caller.business_id, parse("rsv", reservation_id)))


def _reservation(row: reservations.ReservationRow) -> Reservation:
    return Reservation(
        id=show("rsv", row.id),
        order_id=show("ord", row.order_id),
        participant=row.participant,
        status=row.status,
        target=row.target,
        sku_id=show("sku", row.sku_id) if row.sku_id else None,
        quantity=row.quantity,
        amount_minor=row.amount_minor,
        error=row.error,
        created_at=moment_text(row.created_at),
        expires_at=moment_text(row.expires_at),
        next_attempt_at=moment_text(row.next_attempt_at),
    )

"""The buyer's own session: look, choose, confirm, give up, watch."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from uuid import UUID

from flask import Response, current_app, request

from app.api.sdk.api import SessionCaller, check_return_url, current_request_id, page_language, sdk
from app.api.sdk.shapes import Confirmation, Nothing, OrderChange, SelectionChange, Snapshot
from app.core.errors import Unavailable
from app.core.ids import parse
from app.domain.orders.errors import SessionClosed
from app.domain.payments.types import WalletPortion
from app.read.checkout import checkouts
from app.workflow.checkout import change_order, confirm_checkout, leave_payment, open_checkout
from app.workflow.checkout.open_checkout import LineChange

STREAM_S = 55.0
LOOK_EVERY_S = 0.7
KEEP_ALIVE_S = 15.0


@sdk.get("/session", answer=Snapshot, permission="checkout.own", tag="Browser")
def get_session(caller: SessionCaller) -> Snapshot:
    """Get the snapshot of the session."""
    return snapshot_of(caller)


@sdk.post(
    "/session",
    body=SelectionChange,
    answer=Snapshot,
    permission="checkout.own",
    tag="Browser",
    errors=("not_found", "no_such_line", "line_needed", "last_line", "sku_twice", "wrong_product", "wrong_currency",
            "not_on_sale", "quantity_not_allowed", "session_closed", "session_expired", "already_ordered",
            "session_changed", "no_price"),
)  # fmt: skip
def change_session(caller: SessionCaller, body: SelectionChange) -> Snapshot:
    """Choose SKUs, quantities or way to pay.

    A line is changed by its `key`; with a quantity of 0 it is taken out. All changes are made, or none. The total is
    the server's. Once the order is placed, only the way to pay may still change.
    """
    open_checkout.change_checkout(
        caller.business_id,
        caller.session_id,
        lines=_line_changes(body),
        channel=body.payment_method_id,
        seen_version=body.version,
    )
    return snapshot_of(caller)


def _line_changes(body: SelectionChange) -> list[LineChange]:
    if body.sku_id is not None or body.quantity is not None:
        return [LineChange(key=None, sku_id=parse("sku", body.sku_id) if body.sku_id else None, quantity=body.quantity)]
    return [
        LineChange(key=line.key, sku_id=parse("sku", line.sku_id) if line.sku_id else None, quantity=line.quantity)
        for line in body.lines
    ]


@sdk.post(
    "/session/confirm",
    body=Confirmation,
    answer=Snapshot,
    permission="checkout.own",
    idempotent=True,
    tag="Browser",
    errors=("email_required", "email_unverified", "phone_required", "field_required", "address_required",
            "business_closed", "business_suspended", "business_not_activated", "orders_later",
            "agreement_required", "channel_unavailable", "request_unsupported", "out_of_stock", "not_on_sale",
            "currency_not_accepted",
            "quantity_not_allowed", "buyer_limit",
            "payment_in_progress", "session_closed", "session_expired", "order_state", "order_expired",
            "version_conflict",
            "price_changed", "session_changed", "amount_too_large", "wallet_not_allowed", "insufficient_funds",
            "unknown_split_strategy", "invalid_amount", "not_reserved", "payment_method_mismatch", "return_url_denied",
            "too_many_declines", "declines_exhausted", "means_declined", "risk_blocked", "risk_review"),
)  # fmt: skip
def confirm_session(caller: SessionCaller, body: Confirmation, claim_id: UUID) -> Callable[[], Snapshot]:
    """Place the order and start paying it.

    The Idempotency-Key is the attempt: the same attempt may be sent again without harm. Follow `action` next.
    """
    confirm_checkout.confirm_checkout(
        caller.business_id,
        caller.session_id,
        channel=body.payment_method_id
        or checkouts.method_of_price(caller.business_id, caller.session_id, in_page=True),
        agreements=[(parse("agr", accepted.id), accepted.hash) for accepted in body.agreements],
        seen_minor=body.total_minor,
        seen_version=body.version,
        request_id=claim_id,
        buyer_ip=request.remote_addr,
        language=page_language(),
        return_url=check_return_url(caller.business_id, body.return_url),
        from_wallet=WalletPortion.of(minor=body.wallet_minor, as_much_as_there_is=body.use_wallet),
        counter=current_app.extensions["counter"],
    )
    return lambda: snapshot_of(caller)


@sdk.post(
    "/session/cancel",
    body=Nothing,
    answer=Snapshot,
    permission="checkout.own",
    tag="Browser",
    errors=("session_closed", "session_expired", "order_state", "payment_in_progress", "version_conflict"),
)
def cancel_session(caller: SessionCaller, body: Nothing) -> Snapshot:
    """Step back.

    A payment that waits for the buyer is closed at the company, and the session can be paid another way. Without
    one, the session is cancelled and its order closed.
    """
    del body
    try:
        leave_payment.leave_payment(caller.business_id, caller.session_id, actor="buyer")
    except SessionClosed:
        snapshot = snapshot_of(caller)
        if snapshot.status != "cancelled":
            raise
        return snapshot
    return snapshot_of(caller)


@sdk.post(
    "/session/change-order",
    body=OrderChange,
    answer=Snapshot,
    permission="checkout.own",
    tag="Browser",
    errors=("session_closed", "session_expired", "session_changed", "order_state", "order_expired",
            "payment_in_progress", "version_conflict"),
)  # fmt: skip
def change_session_order(caller: SessionCaller, body: OrderChange) -> Snapshot:
    """Change the order.

    After a payment failed: the order is closed as `changed_by_buyer`, what it held goes back, and SKUs, quantities and
    coupons can be chosen again. Confirm as before; that places a new order. Sent again, nothing more happens.
    """
    change_order.change_order(
        caller.business_id, caller.session_id, order_id=parse("ord", body.order_id), actor="buyer"
    )
    return snapshot_of(caller)


@sdk.get(
    "/session/events",
    answer=Snapshot,
    permission="checkout.own",
    tag="Browser",
    media_type="text/event-stream",
    errors=("too_many_streams",),
)
def watch_session(caller: SessionCaller) -> Response:
    """Watch the session.

    Server-sent events: `event: snapshot`, `id` is its version, `data` the snapshot. The stream ends after 55 seconds;
    open it again. 503 means that too many are open: ask for the snapshot every few seconds instead.
    """
    if not _streams.acquire(blocking=False):
        raise Unavailable("too_many_streams", "Too many streams are open; poll instead.", details={"retry_after_s": 5})
    response = Response(_Stream(caller, current_request_id(), page_language()), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


# A stream holds one of the front's threads for streams (app/front/limits.py) for its whole life.
# Downloads need the rest.
MAX_STREAMS = 4
_streams = threading.BoundedSemaphore(MAX_STREAMS)


class _Stream:
    """The events of one stream. Its place is given back exactly once, also when nothing was ever read from it."""

    def __init__(self, caller: SessionCaller, request_id: str, language: str | None) -> None:
        self._events = _events(caller, request_id, language)
        self._open = True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            return next(self._events)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Called by the server when the answer is over or the browser went away."""
        if self._open:
            self._open = False
            _streams.release()


def _events(caller: SessionCaller, request_id: str, language: str | None) -> Iterator[str]:
    ends_s = time.monotonic() + STREAM_S
    spoke_s = time.monotonic()
    sent = -1
    yield "retry: 1000\n\n"
    while time.monotonic() < ends_s:
        version = checkouts.version(caller.business_id, caller.session_id)
        if version != sent:
            found = checkouts.snapshot(caller.business_id, caller.session_id, in_page=True, language=language)
            sent = found["version"]
            spoke_s = time.monotonic()
            yield f"event: snapshot\nid: {sent}\ndata: {json.dumps({**found, 'request_id': request_id})}\n\n"
        elif time.monotonic() - spoke_s > KEEP_ALIVE_S:
            spoke_s = time.monotonic()
            yield ": still here\n\n"
        time.sleep(LOOK_EVERY_S)


def snapshot_of(caller: SessionCaller) -> Snapshot:
    """The caller's session as it stands now."""
    found = checkouts.snapshot(caller.business_id, caller.session_id, in_page=True, language=page_language())
    return Snapshot.model_validate({**found, "request_id": current_request_id()})

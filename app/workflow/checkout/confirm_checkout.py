"""The buyer presses "pay": the session becomes an order and its payment starts; or the buyer gives up."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from app.core import db
from app.core.db.retry import Again, in_phase
from app.core.errors import Denied
from app.core.ids import new_id
from app.core.limits.ratelimit import Counter
from app.domain.buyers.types import GUEST
from app.domain.orders import billing
from app.domain.orders.contact import ANSWERS, check_complete
from app.domain.orders.errors import PriceChanged, SessionClosed
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.shipping import ADDRESS
from app.domain.orders.states import OrderStatus, SessionStatus
from app.domain.orders.types import Buyer, OrderItem, Placed, PlaceOrderCommand, read_items, read_terms
from app.domain.payments.channels import registry
from app.domain.payments.errors import NoChannel
from app.domain.payments.types import NOTHING_FROM_WALLET, WalletPortion
from app.workflow.checkout import open_checkout
from app.workflow.orders import end_session, reserve_remotely
from app.workflow.orders.close_orders import close_order
from app.workflow.payments import pay_order
from app.workflow.steps.orders import lock_order
from app.workflow.steps.orders.write_order import write_order
from app.workflow.steps.payments import begin_payment
from app.workflow.steps.payments.begin_payment import Begun
from app.workflow.steps.payments.check_capacity import check_capacity
from app.workflow.steps.payments.limit_declines import limit_address

Begin = Callable[[Order | Placed], Begun | None]
Reserve = Callable[[], tuple[Order | Placed, Begin | None, Begun | None]]


def confirm_checkout(
    business_id: uuid.UUID,
    session_id: uuid.UUID,
    *,
    channel: str | None,
    agreements: Sequence[tuple[uuid.UUID, str]],
    seen_minor: int | None = None,
    seen_version: int | None = None,
    request_id: uuid.UUID | None = None,
    buyer_ip: str | None = None,
    language: str | None = None,
    return_url: str | None = None,
    from_wallet: WalletPortion = NOTHING_FROM_WALLET,
    counter: Counter | None = None,
) -> uuid.UUID:
    """Place the session's order (once) and start paying it by `channel` (one of the snapshot's), or the chosen one, or
    the first that can; the order's id. An order that costs nothing is paid at once, by no channel. The same
    `request_id` again goes on where the first call stopped. `seen_minor` is the total the buyer saw: another one is
    never charged; `seen_version` the session as the buyer saw it: other goods are never ordered. What comes
    `from_wallet` is only for a buyer the merchant's server vouched for. The `language` of the page, else the session's,
    is kept for what the buyer is sent. A session without a `return_url` of its own leads its buyer back to this one.
    With a `counter`, payments that begin at `buyer_ip` are limited.

    Raises:
        TooMany: too many payments were begun at this address.
        Denied: the wallet was asked for, and nobody vouched for the buyer.
        NotFound, SessionClosed, NotOnSale, QuantityNotAllowed, OutOfStock, AgreementNeeded, NoChannel,
        OtherChannelNeeded, PaymentInProgress, OrderState, PriceChanged: nothing was begun.
        Invalid: something that is asked for is missing.
    """
    check_capacity(business_id, registry.channel_and_scene(channel)[0])

    def reserve() -> tuple[Order | Placed, Begin | None, Begun | None]:
        known, session = _locked(session_id)
        if known is not None and session is None:
            return known, None, None  # told again: it was done at once
        assert session is not None
        name, scene = registry.channel_and_scene(channel or session.channel)
        _check_method(session, name, from_wallet)
        order: Order | Placed | None = known
        if order is None:
            open_checkout.check_seen(session, seen_version)
            order = _place(
                session, _command(session, agreements, buyer_ip, name, language), seen_minor, page=return_url
            )
        begin = partial(
            begin_payment.reserve,
            channel=name,
            scene=scene,
            return_url=begin_payment.session_return_url(session_id),
            request_id=request_id,
            buyer_ip=buyer_ip,
            from_wallet=from_wallet,
            outside=not session.buyer_signed_in,
        )
        return order, begin, None if order.needs_remote_reservation else begin(order)

    with limit_address(counter, buyer_ip):
        return _place_and_pay(business_id, reserve)


def _place_and_pay(business_id: uuid.UUID, reserve: Reserve) -> uuid.UUID:
    order, begin, reserved = in_phase("confirm_checkout.reserve", business_id, reserve)
    if begin is not None and order.needs_remote_reservation:
        reserve_remotely.reserve(business_id, order.id)
        reserved = in_phase("confirm_checkout.pay", business_id, lambda: begin(lock_order.lock_order(order.id)))
    if reserved is not None:
        pay_order.call(business_id, reserved)
    return order.id


def _locked(session_id: uuid.UUID) -> tuple[Order | None, CheckoutSession | None]:
    """The session's order, if it has one, and then the session, locked in this order
    (workflow/steps/orders/lock_order.py). No session with an order that cost nothing and is past that: such a session
    may be over."""
    known = open_checkout.order_of(session_id)
    order = lock_order.lock_order(known) if known is not None else None
    if order is not None and begin_payment.is_paid_free(order):
        return order, None
    session = open_checkout.open_session(session_id)
    if session.order_id != known:
        # Placed, or taken back to be changed, after we looked and before the session was ours: to lock the session's
        # order now would be the wrong way round.
        raise Again("version_conflict", "This was ordered or changed in the meantime. Try again.")
    return order, session


def _check_method(session: CheckoutSession, name: str | None, from_wallet: WalletPortion) -> None:
    if (from_wallet != NOTHING_FROM_WALLET or _is_wallet(name)) and not session.buyer_signed_in:
        raise Denied("wallet_not_allowed", "Please sign in at the shop to pay from your balance.")
    taken = read_terms(session.terms).channels
    if name is not None and taken and name not in taken:
        raise NoChannel("channel_unavailable", "This payment method is not available. Please choose another.")


def _place(session: CheckoutSession, command: PlaceOrderCommand, seen_minor: int | None, *, page: str | None) -> Placed:
    """The order, which its session knows from now on, and with it where the buyer comes back to."""
    check_complete(
        read_terms(session.terms),
        email=session.buyer_email,
        phone=session.buyer_phone,
        is_known=session.buyer_signed_in or not session.buyer_reference.startswith(GUEST),
        answers=session.details.get(ANSWERS, {}),
        address=session.details.get(ADDRESS),
        company=session.details.get(billing.DETAILS),
    )
    order = write_order(new_id(), command)
    if seen_minor is not None and seen_minor != order.total_minor:
        raise PriceChanged("price_changed", "The price has changed. Please review it before you pay.")
    change = db.change(CheckoutSession, session.id, order_id=order.id, return_url=session.return_url or page)
    db.write(change, expect=1)
    return order


def _command(
    session: CheckoutSession,
    agreements: Sequence[tuple[uuid.UUID, str]],
    buyer_ip: str | None,
    channel: str | None,
    language: str | None,
) -> PlaceOrderCommand:
    return PlaceOrderCommand(
        items=[OrderItem(item.sku_id, item.quantity) for item in read_items(session.items)],
        currency=session.currency,
        buyer=buyer_of(session),
        agreements=agreements,
        buyer_ip=buyer_ip,
        session_id=session.id,
        details={**_with_address(session.details, buyer_ip), "locale": language or session.locale, **_answers(session)},
        coupon_codes=session.coupon_codes,
        leaves_coupons=True,
        channel=channel,
        channels=read_terms(session.terms).channels,
    )


def _answers(session: CheckoutSession) -> Mapping[str, Any]:
    """What the buyer answered, each with the label it was asked by, in the merchant's words."""
    typed = session.details.get(ANSWERS, {})
    fields = [each for each in read_terms(session.terms).custom_fields if each.key in typed]
    kept = [{"key": each.key, "label": each.label, "answer": typed[each.key]} for each in fields]
    return {ANSWERS: kept} if kept else {}


def _with_address(details: dict[str, Any], buyer_ip: str | None) -> dict[str, Any]:
    """Kept with the order: a company that is told again wants to hear the same."""
    return details | {"payer": {**details.get("payer", {}), "buyer_ip": buyer_ip}} if buyer_ip else details


def _is_wallet(name: str | None) -> bool:
    channel = registry.CHANNELS.get(name or "")
    return channel is not None and channel.capabilities.is_internal


def cancel_checkout(business_id: uuid.UUID, session_id: uuid.UUID, *, actor: str) -> None:
    """The buyer gives up: the order, if there is one, is closed; what it held goes back.

    Raises:
        NotFound: no such session. SessionClosed: it is over. OrderState: a payment cannot be stopped any more.
    """
    with db.phase("confirm_checkout.look", business_id):
        session = open_checkout.open_session(session_id)
    if session.order_id is not None:
        if close_order(business_id, session.order_id, reason="cancelled", actor=actor) != OrderStatus.CLOSED:
            raise SessionClosed("session_closed", "This order was paid in the meantime.")
        return
    end_session.end_session(business_id, session_id, SessionStatus.CANCELLED)


def buyer_of(session: CheckoutSession) -> Buyer:
    """Who buys in the session."""
    return Buyer(
        reference=session.buyer_reference,
        email=session.buyer_email,
        phone=session.buyer_phone,
        groups=tuple(session.details.get("buyer_groups", ())),
        device=session.details.get("buyer_device"),
    )

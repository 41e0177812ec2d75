"""Checkout sessions: opened by the merchant's server, changed and confirmed by the buyer's browser."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from app.core import clock, crypto, db, states
from app.core.errors import Invalid, NotFound, Unauthenticated
from app.core.ids import new_id, show, try_parse
from app.domain.catalog.errors import NotOnSale, QuantityNotAllowed
from app.domain.catalog.models import Product, Sku
from app.domain.orders.errors import SessionClosed
from app.domain.orders.models import CheckoutSession
from app.domain.orders.states import SESSION
from app.workflow.place_order import Buyer

SESSION_TTL = timedelta(hours=24)
sessions = CheckoutSession.__table__


@dataclass(frozen=True)
class Opened:
    """A new session and the only copy of its secret."""

    session_id: uuid.UUID
    client_secret: str
    expires_at: datetime


def open_checkout(
    business_id: uuid.UUID,
    *,
    sku_id: uuid.UUID,
    quantity: int,
    buyer: Buyer,
    return_url: str | None = None,
    locale: str = "en",
    details: dict[str, Any] | None = None,
    session_id: uuid.UUID | None = None,
) -> Opened:
    """Open a session for some pieces of one SKU. The same `session_id` again gives the session a fresh secret,
    since the first one was kept by nobody.

    Raises:
        NotFound: no such SKU. NotOnSale, QuantityNotAllowed: as they say.
    """
    session_id = session_id or new_id()
    client_secret = f"{show('ses', session_id)}_secret_{secrets.token_urlsafe(32)}"
    with db.phase("open_checkout.open", business_id):
        known = db.first(_of(session_id).with_for_update())
        if known is not None:
            db.write(db.change(CheckoutSession, session_id, secret_hash=crypto.hash_secret(client_secret)), expect=1)
            return Opened(session_id, client_secret, known.expires_at)
        sku = buyable(sku_id, quantity)
        expires_at = clock.now() + SESSION_TTL
        db.add(
            CheckoutSession,
            id=session_id,
            secret_hash=crypto.hash_secret(client_secret),
            product_id=sku.product_id,
            sku_id=sku_id,
            quantity=quantity,
            buyer_reference=buyer.reference,
            buyer_email=buyer.email,
            buyer_signed_in=buyer.signed_in,
            locale=locale,
            return_url=return_url,
            details={**(details or {}), **_kept(buyer)},
            expires_at=expires_at,
        )
        states.born(SESSION, session_id, reason="opened", actor="api")
    return Opened(session_id, client_secret, expires_at)


def _kept(buyer: Buyer) -> dict[str, Any]:
    """What prices ask of the buyer, as a session keeps it."""
    known = {"buyer_groups": list(buyer.groups), "buyer_device": buyer.device}
    return {name: value for name, value in known.items() if value}


def authenticate(client_secret: str) -> tuple[uuid.UUID, uuid.UUID]:
    """Whose session this secret opens: (business id, session id).

    Raises:
        Unauthenticated: it opens none.
    """
    session_id = try_parse(client_secret.partition("_secret_")[0], "ses")
    found = None
    if session_id is not None:
        with db.system_reading():
            found = db.first(select(sessions.c.business_id, sessions.c.secret_hash).where(sessions.c.id == session_id))
    if session_id is None or found is None or not crypto.same(found.secret_hash, crypto.hash_secret(client_secret)):
        raise Unauthenticated("client_secret_invalid", "This client secret opens no checkout session.")
    return found.business_id, session_id


def change_checkout(
    business_id: uuid.UUID,
    session_id: uuid.UUID,
    *,
    sku_id: uuid.UUID | None = None,
    quantity: int | None = None,
    channel: str | None = None,
) -> None:
    """Change what the buyer chose. Once an order was placed, only the channel may still change.

    Raises:
        NotFound: no such session or SKU. SessionClosed: it is over, or goods cannot change any more.
        Invalid: the SKU is another product's, or costs another currency.
    """
    with db.phase("open_checkout.change", business_id):
        session = open_session(session_id)
        values: dict[str, Any] = {}
        if channel is not None:
            values["channel"] = channel
        if sku_id is not None or quantity is not None:
            if session.order_id is not None:
                raise SessionClosed("session_ordered", "The order was placed already; its goods cannot change.")
            sku = buyable(sku_id or session.sku_id, quantity if quantity is not None else session.quantity)
            if sku.product_id != session.product_id:
                raise Invalid("wrong_product", "This SKU belongs to another product.", details={"param": "sku_id"})
            currency = db.scalar(select(Sku.currency).where(Sku.business_id == business_id, Sku.id == session.sku_id))
            if sku.currency != currency:
                message = f"This checkout is in {currency}; the SKU costs {sku.currency}."
                raise Invalid("wrong_currency", message, details={"param": "sku_id"})
            values |= {"sku_id": sku.id, "quantity": session.quantity if quantity is None else quantity}
        if values:
            db.write(db.change(CheckoutSession, session_id, edits=session.edits + 1, **values), expect=1)


def open_session(session_id: uuid.UUID) -> Row[Any]:
    """The session, locked for the rest of the phase, if it is still open.

    Raises:
        NotFound: there is none. SessionClosed: it is over.
    """
    session = db.first(_of(session_id).with_for_update())
    if session is None:
        raise NotFound("not_found", "There is no such checkout session.")
    if session.status != "open":
        raise SessionClosed("session_closed", f"This checkout session is {session.status}.")
    if session.order_id is None and session.expires_at <= clock.now():
        raise SessionClosed("session_expired", "The time of this checkout session is over.")
    return session


def order_of(session_id: uuid.UUID) -> uuid.UUID | None:
    """The order the session became, if any, in the open transaction; nothing is locked."""
    found: uuid.UUID | None = db.scalar(
        select(sessions.c.order_id).where(sessions.c.business_id == db.here(), sessions.c.id == session_id)
    )
    return found


def buyable(sku_id: uuid.UUID, quantity: int) -> Row[Any]:
    """The SKU with its product, if so many pieces can be bought now, in the open transaction.

    Raises:
        NotFound, NotOnSale, QuantityNotAllowed: as they say.
    """
    sku = db.first(
        select(Sku.__table__, Product.name.label("product_name"), Product.status, Product.max_per_order)
        .join(Product, (Product.business_id == Sku.business_id) & (Product.id == Sku.product_id))
        .where(Sku.business_id == db.here(), Sku.id == sku_id)
    )
    if sku is None:
        raise NotFound("not_found", f"There is no SKU {show('sku', sku_id)}.")
    if sku.status != "on_sale" or not sku.active:
        raise NotOnSale("not_on_sale", f"{sku.product_name} is not on sale.")
    if not 1 <= quantity <= sku.max_per_order:
        raise QuantityNotAllowed(
            "quantity_not_allowed",
            f"One order may have 1 to {sku.max_per_order} of {sku.product_name}.",
            details={"param": "quantity", "max": sku.max_per_order},
        )
    return sku


def _of(session_id: uuid.UUID) -> Any:
    return select(sessions).where(sessions.c.business_id == db.here(), sessions.c.id == session_id)


def end_session(business_id: uuid.UUID, session_id: uuid.UUID, to: str) -> None:
    """End a session that has no order; one that is over stays as it is."""
    with db.phase("open_checkout.end", business_id):
        session = db.first(_of(session_id).with_for_update())
        if session is not None and session.status == "open" and session.order_id is None:
            states.advance(SESSION, session, to, reason=to, actor="system")

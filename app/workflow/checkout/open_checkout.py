"""Checkout sessions: opened by the merchant's server, changed and confirmed by the buyer's browser."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from sqlalchemy import Select, select
from sqlalchemy.orm import Mapped

from app.core import clock, db, settings, states
from app.core.errors import Invalid, NotFound, Unauthenticated
from app.core.i18n.marks import N_
from app.core.ids import new_id, show, try_parse
from app.core.security import crypto
from app.domain.accounts.business.errors import check_selling
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.origins import check_return_url
from app.domain.accounts.business.standing import STANDING
from app.domain.buyers.queries import current_reference
from app.domain.catalog import queries as catalog
from app.domain.catalog.errors import QuantityNotAllowed
from app.domain.catalog.models import Sku
from app.domain.catalog.rules import check_buyable
from app.domain.catalog.sku_rows import SkuWithProduct
from app.domain.marketing import listing
from app.domain.orders import rules, session_links
from app.domain.orders.errors import SessionClosed
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.rules import check_one_currency, known_of
from app.domain.orders.states import SESSION, SessionStatus
from app.domain.orders.types import (
    MAX_LINES,
    Buyer,
    OrderItem,
    SessionItem,
    SessionTerms,
    read_items,
    read_terms,
    write_items,
    write_terms,
)
from app.workflow.steps.checkout.asking import asking

PLAIN = SessionTerms()
sessions = db.table(CheckoutSession)


if TYPE_CHECKING:

    class _Sku(SkuWithProduct):
        """A SKU, where its business stands, and where that sends buyers back to."""

        standing: Mapped[str | None]
        return_origins: Mapped[list[str]]
        default_return_url: Mapped[str | None]
        company_receipts: Mapped[bool]

else:
    _Sku = SkuWithProduct


class _OpenedBy(db.JoinedRow):
    """What says whom a session lets in, and until when."""

    business_id: uuid.UUID
    secret_hash: str
    link_open_count: int
    link_reusable: bool
    status: str
    expires_at: datetime
    order_expires_at: datetime | None


@dataclass(frozen=True)
class Opened:
    """A new session and the only copy of its secret."""

    session_id: uuid.UUID
    client_secret: str
    expires_at: datetime
    link_open_count: int = 0

    @property
    def url(self) -> str:
        """The link to the session's page."""
        return session_links.link(self.session_id, self.link_open_count)

    @property
    def grant(self) -> str:
        """For a browser of ours that is let in at once; see `entered`."""
        return session_links.grant(self.session_id)


@dataclass(frozen=True, kw_only=True)
class LineChange:
    """What becomes of the line called `key` (None: of the only one); what is None stays. Quantity 0 takes it out."""

    key: str | None
    sku_id: uuid.UUID | None = None
    quantity: int | None = None


def open_checkout(
    business_id: uuid.UUID,
    *,
    items: Sequence[OrderItem],
    buyer: Buyer,
    currency: str | None = None,
    return_url: str | None = None,
    locale: str = "en",
    details: dict[str, Any] | None = None,
    session_id: uuid.UUID | None = None,
    terms: SessionTerms = PLAIN,
    configuration_id: uuid.UUID | None = None,
    reusable_link: bool = False,
) -> Opened:
    """Open a session for what the buyer has in the cart, in this currency or the SKUs' own. Its link lets one browser
    in, a reusable one any number. The same `session_id` again
    gives the session a fresh secret, since the first one was kept by nobody.

    Raises:
        NotFound: no such SKU. NotOnSale, QuantityNotAllowed, NoPrice: as they say.
        Invalid: no line or too many, a SKU named twice, several currencies, or a return address that is not allowed.
        CannotSell: the business may not sell.
    """
    session_id = session_id or new_id()
    client_secret = f"{show('ses', session_id)}_secret_{secrets.token_urlsafe(32)}"
    with db.phase("open_checkout.open", business_id):
        known = db.first(_of(session_id).with_for_update())
        if known is not None:
            db.write(db.change(CheckoutSession, session_id, secret_hash=crypto.hash_secret(client_secret)), expect=1)
            return Opened(session_id, client_secret, known.expires_at, known.link_open_count)
        chosen = [
            SessionItem(key=str(number), sku_id=item.sku_id, quantity=item.quantity)
            for number, item in enumerate(items, start=1)
        ]
        in_currency, found = _check_cart(chosen, currency)
        business = found[chosen[0].sku_id]
        return_url = return_url or business.default_return_url
        check_return_url(return_url, business.return_origins, own=settings.current().public_url)
        reference = current_reference(buyer.reference)
        expires_at = clock.now() + rules.SESSION_LASTS
        db.add(
            CheckoutSession,
            id=session_id,
            secret_hash=crypto.hash_secret(client_secret),
            items=write_items(chosen),
            terms=write_terms(asking(terms, found.values())),
            configuration_id=configuration_id,
            currency=in_currency,
            buyer_reference=reference,
            buyer_email=buyer.email,
            buyer_phone=buyer.phone,
            buyer_signed_in=buyer.signed_in,
            locale=locale,
            return_url=return_url,
            link_reusable=reusable_link,
            details={**(details or {}), **known_of(buyer)},
            expires_at=expires_at,
        )
        states.born(SESSION, session_id, reason="opened", actor="api")
    return Opened(session_id, client_secret, expires_at)


def _check_cart(items: Sequence[SessionItem], currency: str | None) -> tuple[str, dict[uuid.UUID, _Sku]]:
    """The cart's currency, once it is sure that all of it can be bought, and its SKUs with what is their business's."""
    if not 1 <= len(items) <= MAX_LINES:
        raise Invalid("no_lines", f"A checkout must have 1 to {MAX_LINES} lines.")
    found = _skus(items)
    for sku in found.values():
        check_selling(sku.standing)
    check_buyable(found, [(item.sku_id, item.quantity) for item in items])
    if currency is None:
        check_one_currency(sku.currency for sku in found.values())
        currency = found[items[0].sku_id].currency
    _check_prices(items, found, currency)
    return currency, found


def _check_prices(items: Sequence[SessionItem], found: Mapping[uuid.UUID, SkuWithProduct], currency: str) -> None:
    for item in items:
        listing.unit_minor(found[item.sku_id], currency=currency, quantity=item.quantity, now=clock.now())


def authenticate(client_secret: str) -> tuple[uuid.UUID, uuid.UUID]:
    """Whose session this secret opens: (business id, session id). A secret ends with its session:
    `rules.SHOWN_AFTER` the time to pay, one that is over is no longer shown.

    Raises:
        Unauthenticated: it opens none.
    """
    session_id = try_parse(client_secret.partition("_secret_")[0], "ses")
    found = _found(session_id) if session_id is not None else None
    if session_id is None or found is None or not crypto.same(found.secret_hash, crypto.hash_secret(client_secret)):
        raise Unauthenticated("client_secret_invalid", "This client secret is invalid.")
    _check_shown(found)
    return found.business_id, session_id


def enter_by_link(session_id: uuid.UUID, token: str) -> str:
    """Open a session's page by its link: what the browser is to keep, for `entered`. The link is used up by it, unless
    the session was opened with a reusable one.

    Raises:
        Unauthenticated: the link is not this session's, was opened before, or the session is over.
    """
    refused = Unauthenticated("link_opened", N_("This link was opened already. Please go back to the shop."))
    found = _found(session_id)
    if found is None or not crypto.same(token, session_links.token(session_id, found.link_open_count)):
        raise refused
    _check_shown(found)
    if not found.link_reusable:
        with db.phase("open_checkout.enter", found.business_id):
            # Of two that open it at once, one does.
            opening = db.change(CheckoutSession, session_id, link_open_count=found.link_open_count + 1)
            db.write(opening.where(sessions.c.link_open_count == found.link_open_count), expect=1, otherwise=refused)
    return session_links.grant(session_id)


def entered(grant: str) -> tuple[uuid.UUID, uuid.UUID]:
    """Whose session a browser was let into before: (business id, session id).

    Raises:
        Unauthenticated: the grant is not ours, or the session is over.
    """
    session_id = session_links.granted(grant)
    found = _found(session_id) if session_id is not None else None
    if session_id is None or found is None:
        raise Unauthenticated("link_opened", "This browser does not have access to the session.")
    _check_shown(found)
    return found.business_id, session_id


def _found(session_id: uuid.UUID) -> _OpenedBy | None:
    with db.system_reading():
        return db.first(_OPENED_BY.where(sessions.c.id == session_id))


def _check_shown(found: _OpenedBy) -> None:
    ends_at = max(filter(None, (found.expires_at, found.order_expires_at)))
    if found.status != SessionStatus.OPEN and ends_at + rules.SHOWN_AFTER <= clock.now():
        raise Unauthenticated("client_secret_invalid", "This checkout session is over.")


_OPENED_BY = db.select_as(
    _OpenedBy,
    select(
        sessions.c.business_id,
        sessions.c.secret_hash,
        sessions.c.link_open_count,
        sessions.c.link_reusable,
        sessions.c.status,
        sessions.c.expires_at,
        Order.expires_at.label("order_expires_at"),
    ).select_from(
        sessions.outerjoin(
            db.table(Order), (Order.business_id == sessions.c.business_id) & (Order.id == sessions.c.order_id)
        )
    ),
)


class _Chosen(TypedDict, total=False):
    channel: str
    items: list[dict[str, Any]]


def change_checkout(
    business_id: uuid.UUID,
    session_id: uuid.UUID,
    *,
    lines: Sequence[LineChange] = (),
    channel: str | None = None,
    seen_version: int | None = None,
) -> None:
    """Change what the buyer chose. Once an order was placed, only the channel may still change. With `seen_version`
    goods are changed only when the buyer saw the session as it is.

    Raises:
        NotFound: no such session, line or SKU. SessionClosed: it is over, or goods cannot change any more, or were
        changed since `seen_version`.
        Invalid: the SKU is another product's, costs another currency or stands in another line; or nothing is left.
        NotOnSale, QuantityNotAllowed, NoPrice: as they say.
    """
    with db.phase("open_checkout.change", business_id):
        session = open_session(session_id)
        values: _Chosen = {}
        if channel is not None:
            values["channel"] = channel
        if lines:
            if session.order_id is not None:
                raise SessionClosed("already_ordered", "The order was already placed; its items cannot change.")
            check_seen(session, seen_version)
            values["items"] = write_items(_changed(session, lines))
        if values:
            db.write(db.change(CheckoutSession, session_id, edits=session.edits + 1, **values), expect=1)


def check_seen(session: CheckoutSession, version: int | None) -> None:
    """Whether a session without an order is still as the buyer saw it, in another tab perhaps.

    Raises:
        SessionClosed: it was changed since.
    """
    if version is not None and version != session.edits + session.version:
        message = N_("This was changed in the meantime, perhaps in another window. Please review it.")
        raise SessionClosed("session_changed", message)


def _changed(session: CheckoutSession, changes: Sequence[LineChange]) -> list[SessionItem]:
    """The session's lines after the changes; they can be bought together."""
    items = read_items(session.items)
    by_key = {change.key: change for change in changes}
    if None in by_key and len(items) == 1:
        by_key = {items[0].key: changes[0]}
    missing = by_key.keys() - {item.key for item in items}
    if None in missing:
        raise Invalid("line_needed", "Specify which line to change.", details={"param": "lines"})
    if missing:
        raise NotFound("no_such_line", "This is not in the cart any more.", details={"param": "lines"})
    after = [_after(item, by_key.get(item.key)) for item in items]
    _check_terms(read_terms(session.terms), items, after)
    left = [item for item in after if item.quantity]
    if not left:
        raise Invalid(
            "last_line", "The last line cannot be removed. Cancel the checkout instead.", details={"param": "lines"}
        )
    found = _skus([*items, *left])
    as_they_were = {item.sku_id for item in items if item in left}
    check_buyable(found, [(item.sku_id, item.quantity) for item in left], exempt=as_they_were)
    for old, new in zip(items, after, strict=True):
        if new.quantity and new.sku_id != old.sku_id:
            _check_choice(found[old.sku_id], found[new.sku_id], session.currency)
    _check_prices([item for item in left if item not in items], found, session.currency)
    return left


def _after(item: SessionItem, change: LineChange | None) -> SessionItem:
    if change is None:
        return item
    quantity = item.quantity if change.quantity is None else change.quantity
    return SessionItem(key=item.key, sku_id=change.sku_id or item.sku_id, quantity=quantity)


def _check_terms(terms: SessionTerms, items: Sequence[SessionItem], after: Sequence[SessionItem]) -> None:
    for old, new in zip(items, after, strict=True):
        if new.quantity != old.quantity and not terms.quantity_changeable:
            details = {"max": old.quantity, "param": "quantity"}
            raise QuantityNotAllowed("quantity_not_allowed", "The quantity cannot be changed.", details=details)
        if new.sku_id != old.sku_id and not terms.sku_changeable:
            raise Invalid("wrong_product", "The SKU cannot be changed.", details={"param": "sku_id"})


def _check_choice(old: SkuWithProduct, new: SkuWithProduct, currency: str) -> None:
    if new.product_id != old.product_id:
        raise Invalid("wrong_product", "This SKU belongs to another product.", details={"param": "sku_id"})
    if currency not in listing.currencies([new]):
        message = f"This checkout is in {currency}; the SKU costs {new.currency}."
        raise Invalid("wrong_currency", message, details={"param": "sku_id"})


def _skus(items: Sequence[SessionItem]) -> dict[uuid.UUID, _Sku]:
    query = catalog.skus_with_products({item.sku_id for item in items})
    own = Business.return_origins, Business.return_url.label("default_return_url"), Business.company_receipts
    query = query.add_columns(STANDING, *own)
    return {row.id: row for row in db.rows(db.select_as(_Sku, query.join(Business, Business.id == Sku.business_id)))}


def open_session(session_id: uuid.UUID) -> CheckoutSession:
    """The session, locked for the rest of the phase, if it is still open.

    Raises:
        NotFound: there is none. SessionClosed: it is over.
    """
    session = db.first(_of(session_id).with_for_update())
    if session is None:
        raise NotFound("not_found", "There is no such checkout session.")
    if session.status != SessionStatus.OPEN:
        raise SessionClosed("session_closed", f"This checkout session is {session.status}.")
    if session.order_id is None and session.expires_at <= clock.now():
        raise SessionClosed("session_expired", "This checkout session has expired.")
    return session


def order_of(session_id: uuid.UUID) -> uuid.UUID | None:
    """The order the session became, if any, in the open transaction; nothing is locked."""
    found: uuid.UUID | None = db.scalar(
        select(sessions.c.order_id).where(sessions.c.business_id == db.here(), sessions.c.id == session_id)
    )
    return found


def _of(session_id: uuid.UUID) -> Select[CheckoutSession]:
    return select(sessions).where(sessions.c.business_id == db.here(), sessions.c.id == session_id)

"""What the buyer's browser is told about its checkout session: one snapshot, the same for panel, page and SDK."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select

from app.core import clock, db
from app.core.errors import NotFound
from app.core.i18n.language import AUTO, DEFAULT, offered
from app.core.i18n.marks import N_
from app.core.ids import show
from app.core.money import Money, exponent
from app.domain.accounts.business.brand import LOGO, logo_of
from app.domain.accounts.business.models import Business
from app.domain.ledger import service as ledger
from app.domain.marketing import coupon_use
from app.domain.orders import session_links
from app.domain.orders.models import CheckoutConfiguration, CheckoutSession, Order
from app.domain.orders.reservations.models import Reservation
from app.domain.orders.states import EVER_PAID, HANDED_OVER, OrderStatus, SessionStatus
from app.domain.orders.types import read_terms
from app.domain.payments.models import PAYING_KINDS, ChannelAccount, PaymentAttempt, PaymentTransaction
from app.domain.payments.states import AttemptStatus
from app.domain.payments.steps import steps_of
from app.lib import qr
from app.read.catalog.product_images import first_shown
from app.read.checkout.appearance import worn
from app.read.checkout.asked_agreements import shown_agreements
from app.read.checkout.checkout_lines import Lines
from app.read.checkout.contact import contact_of
from app.read.checkout.only_line import only_line
from app.read.checkout.selected_method import selected_method
from app.read.checkout.session_row import SessionRow
from app.read.checkout.snapshot_types import (
    ShownError,
    ShownLogo,
    ShownMerchant,
    ShownOrder,
    ShownPrice,
    ShownWallet,
    Snapshot,
)
from app.texts import translate

# Declines a buyer can do something about; anything else is "declined".
DECLINED = N_("The payment was declined. Please try again or choose another payment method.")
DECLINE_TEXTS = {
    "insufficient_funds": N_("There is not enough money in this account. Please try another payment method."),
    "expired_card": N_("This card has expired. Please try another payment method."),
    "buyer_cancelled": N_("You cancelled the payment. You can try again."),
    **dict.fromkeys(
        ("channel_unreachable", "channel_unavailable", "channel_misconfigured", "scene_unsupported"),
        N_("This payment method is currently unavailable. Please try again or choose another."),
    ),
    "risk_rejected": N_("The payment company refused this payment. Please try another payment method."),
}


def snapshot(
    business_id: uuid.UUID,
    session_id: uuid.UUID,
    *,
    in_page: bool = False,
    language: str | None = None,
    browser: str = DEFAULT,
) -> Snapshot:
    """The session as its buyer may see it (docs/reference/sdk-snapshot.md has the shape); amounts in minor units.
    `in_page` says that our script runs in the page, and can ask the app around it. Texts are in `language` when the
    page has chosen one, else in the session's, or the `browser`'s when the session leaves it to that.

    Raises:
        NotFound: there is no such session.
    """
    with db.reading(business_id):
        session = _session(session_id)
        if session is None:
            raise NotFound("not_found", "There is no such checkout session.")
        attempt = _last_attempt(session.order_id) if session.order_id else None
        shown = selected_method(session, known=_known_of(session, in_page))
        cart = shown.cart
        total = cart.subtotal_minor - cart.discount_minor
        wallet = _wallet(Money(total, cart.currency), session, attempt)
        product_ids = {line.sku.product_id for line in cart.lines}
        locale = _language(session, language, browser, in_page=in_page)
        agreements, contact = shown_agreements(product_ids, locale), contact_of(session, locale, in_page=in_page)
        takes_coupons = total > 0 and session.order_id is None and _takes_coupons(session)  # nothing comes off nothing
        coupons_open = takes_coupons and coupon_use.has_active_template()
        grown, moment = _version(session), clock.now()
    status = _status(session, attempt, moment)
    images = first_shown(business_id, product_ids)
    lines = [line.shown(images.get(line.sku.product_id)) for line in cart.lines]
    hosted_url = session_links.link(session_id, session.link_open_count)
    return {
        "session_id": show("ses", session_id),
        "version": grown,
        "status": status,
        "mode": session.mode,
        "locale": locale,
        "merchant": _merchant(session),
        **only_line(cart, lines),
        "lines": lines,
        **_price(cart, locale),
        "coupons_open": coupons_open and status in ("ready", "failed"),
        "payment_methods": [{**method, "title": translate(method["title"], locale)} for method in shown.methods],
        "wallet": wallet,
        "payment_method_id": shown.method_id,
        "agreements": agreements if session.order_id is None else [],
        "contact": contact,
        "action": _action(attempt) if status == "requires_action" else None,
        "error": _error(attempt, locale) if status == "failed" else None,
        **_order(session, status, hosted_url, moment),
        "return_url": session.return_url,
        "hosted_url": hosted_url,
        "appearance": worn(session.business_appearance, session.configuration_appearance),
        "expires_at": (session.order_expires_at or session.expires_at).isoformat(),
        "now": moment.isoformat(),
        "delivered": session.order_status in HANDED_OVER,
    }


def _merchant(session: SessionRow) -> ShownMerchant:
    logo = logo_of(session)
    shown: ShownLogo | None = {"url": logo.url, "width": logo.width, "height": logo.height} if logo else None
    return {"name": session.business_name, "website": session.website, "logo": shown}


def _language(session: SessionRow, language: str | None, browser: str, *, in_page: bool) -> str:
    """A page around the panel has chosen its language; ours keeps to those that the business offers."""
    locale = language or (browser if session.locale == AUTO else session.locale)
    return locale if in_page else offered(locale, session.languages)


def _price(cart: Lines, locale: str) -> ShownPrice:
    """The price, and how it came about in the buyer's language."""
    return {
        "steps": [
            {"code": step.code, "text": translate(step.text, locale), "discount_minor": step.discount_minor}
            for step in cart.steps
        ],
        "discounts": [{**each, "why": translate(each["why"], locale)} for each in cart.discounts()],
        "coupons": [
            {
                "code": each.code,
                "name": each.name,
                "discount_minor": each.discount_minor,
                "reason": each.reason,
                "text": each.text and translate(each.text, locale),
            }
            for each in cart.coupons
        ],
        "subtotal_minor": cart.subtotal_minor,
        "discount_minor": cart.discount_minor,
        "total_minor": cart.subtotal_minor - cart.discount_minor,
        "currency": cart.currency,
        "currency_exponent": exponent(cart.currency),
    }


def _takes_coupons(session: SessionRow) -> bool:
    return read_terms(session.terms).coupons_allowed


def configuration_of(business_id: uuid.UUID, session_id: uuid.UUID) -> uuid.UUID | None:
    """The configuration that the session was opened by, if any."""
    table = db.table(CheckoutSession)
    query = select(table.c.configuration_id).where(table.c.business_id == business_id, table.c.id == session_id)
    with db.reading(business_id):
        found: uuid.UUID | None = db.scalar(query)
    return found


def buyer_of(business_id: uuid.UUID, session_id: uuid.UUID) -> str:
    """The merchant's name for the buyer.

    Raises:
        NotFound: there is no such session.
    """
    table = db.table(CheckoutSession)
    with db.reading(business_id):
        found = db.scalar(
            select(table.c.buyer_reference).where(table.c.business_id == business_id, table.c.id == session_id)
        )
    if found is None:
        raise NotFound("not_found", "There is no such checkout session.")
    return str(found)


def order_of(business_id: uuid.UUID, session_id: uuid.UUID) -> uuid.UUID | None:
    """The order that the session became, if any."""
    table = db.table(CheckoutSession)
    with db.reading(business_id):
        found: uuid.UUID | None = db.scalar(
            select(table.c.order_id).where(table.c.business_id == business_id, table.c.id == session_id)
        )
    return found


def method_of_price(business_id: uuid.UUID, session_id: uuid.UUID, *, in_page: bool = False) -> str | None:
    """The payment method of the snapshot, when its price is for payments by that one; None otherwise.

    Raises:
        NotFound: there is no such session.
    """
    with db.reading(business_id):
        session = _session(session_id)
        if session is None:
            raise NotFound("not_found", "There is no such checkout session.")
        shown = selected_method(session, known=_known_of(session, in_page))
    return shown.method_id if shown.cart.depends_on_channel else None


def version(business_id: uuid.UUID, session_id: uuid.UUID) -> int:
    """The snapshot's version alone: it grows whenever something the buyer sees has changed."""
    with db.reading(business_id):
        session = _session(session_id)
        if session is None:
            raise NotFound("not_found", "There is no such checkout session.")
        return _version(session)


def _session(session_id: uuid.UUID) -> SessionRow | None:
    found = (
        select(
            db.table(CheckoutSession),
            Business.name.label("business_name"),
            Business.mode,
            Business.appearance.label("business_appearance"),
            Business.website,
            Business.languages,
            *LOGO,
            CheckoutConfiguration.appearance.label("configuration_appearance"),
            Order.number.label("order_number"),
            Order.status.label("order_status"),
            Order.version.label("order_version"),
            Order.close_reason,
            Order.channels.label("order_channels"),
            Order.expires_at.label("order_expires_at"),
        )
        .join(Business, Business.id == CheckoutSession.business_id)
        .outerjoin(
            CheckoutConfiguration,
            (CheckoutConfiguration.business_id == CheckoutSession.business_id)
            & (CheckoutConfiguration.id == CheckoutSession.configuration_id),
        )
        .outerjoin(Order, (Order.business_id == CheckoutSession.business_id) & (Order.id == CheckoutSession.order_id))
        .where(CheckoutSession.business_id == db.here(), CheckoutSession.id == session_id)
    )
    return db.first(db.select_as(SessionRow, found))


def _last_attempt(order_id: uuid.UUID) -> PaymentAttempt | None:
    return db.first(
        select(db.table(PaymentAttempt))
        .join(
            PaymentTransaction,
            (PaymentTransaction.business_id == PaymentAttempt.business_id)
            & (PaymentTransaction.id == PaymentAttempt.transaction_id),
        )
        .where(
            PaymentAttempt.business_id == db.here(),
            PaymentTransaction.order_id == order_id,
            PaymentTransaction.kind.in_(PAYING_KINDS),
            ~exists().where(
                Reservation.business_id == PaymentAttempt.business_id,
                Reservation.order_id == order_id,
                Reservation.wallet_attempt_id == PaymentAttempt.id,
            ),
        )
        .order_by(PaymentAttempt.created_at.desc(), PaymentAttempt.id.desc())
        .limit(1)
    )


def _wallet(price: Money, session: SessionRow, attempt: PaymentAttempt | None) -> ShownWallet | None:
    """What the buyer has to spend, and what of it is the share of the payment under way or made. None for a buyer
    nobody vouched for, or without a wallet."""
    if not session.buyer_signed_in or not _keeps_wallets():
        return None
    has = ledger.balance("wallet", owner=session.buyer_reference, currency=price.currency)
    counts = attempt is not None and attempt.status in (
        AttemptStatus.READY,
        AttemptStatus.PENDING,
        AttemptStatus.UNKNOWN,
        AttemptStatus.SUCCEEDED,
    )
    share = price.minor - attempt.amount_minor if attempt is not None and counts else 0
    if has.total <= 0 and not share:
        return None
    return {"available_minor": max(has.available, 0), "used_minor": share}


def _keeps_wallets() -> bool:
    found = select(ChannelAccount.id).where(
        ChannelAccount.business_id == db.here(), ChannelAccount.channel == "wallet", ChannelAccount.enabled
    )
    return db.scalar(found) is not None


def _known_of(session: SessionRow, in_page: bool) -> set[str]:
    """What a company can be told of the buyer. Who is known to an app is of use only where that app can be asked."""
    return {"buyer_ip", *session.details.get("payer", {})} - (set() if in_page else {"openid"})


def _action(attempt: PaymentAttempt | None) -> dict[str, Any] | None:
    """What the buyer has to do, with a code drawn when there is one to scan."""
    action = attempt.action if attempt is not None else None
    if action is None or action.get("type") != "qr" or not action.get("content"):
        return action
    code = qr.draw(str(action["content"]))
    return action | {"content_svg_path": code.path, "content_svg_size": code.size}


def _status(session: SessionRow, attempt: PaymentAttempt | None, moment: datetime) -> str:
    """One word for where the buyer is. Money is never called failed while nobody knows."""
    if session.order_status in EVER_PAID:
        return "succeeded"
    if session.status in (SessionStatus.CANCELLED, SessionStatus.EXPIRED):
        return session.status
    if session.order_status == OrderStatus.CLOSED:
        return "cancelled" if session.close_reason == "cancelled" else "expired"
    if attempt is not None and session.order_status == OrderStatus.PAYING:
        if attempt.status == AttemptStatus.UNKNOWN:
            return "unknown"
        return "requires_action" if attempt.action else "processing"
    over = session.order_expires_at or session.expires_at
    if over <= moment:
        return "expired"
    return "failed" if attempt is not None else "ready"


def _order(session: SessionRow, status: str, hosted_url: str, moment: datetime) -> ShownOrder:
    return {
        "order_id": show("ord", session.order_id) if session.order_id else None,
        "order_number": session.order_number,
        "order_changeable": status in ("ready", "failed") and _is_changeable(session, moment),
        "receipt_url": f"{hosted_url}&to=receipt" if status == "succeeded" else None,
    }


def _is_changeable(session: SessionRow, moment: datetime) -> bool:
    """Whether there is an order, nothing of it is under way, and its buyer would have something else to choose."""
    if session.order_id is None or session.order_status != OrderStatus.CREATED or session.expires_at <= moment:
        return False
    terms = read_terms(session.terms)
    is_free = terms.sku_changeable or terms.quantity_changeable or terms.coupons_allowed
    return is_free or bool(session.order_channels)


def _error(attempt: PaymentAttempt | None, locale: str) -> ShownError | None:
    if attempt is None:
        return None
    code = attempt.decline_code or ("buyer_cancelled" if attempt.status == AttemptStatus.CANCELLED else "declined")
    text = translate(DECLINE_TEXTS.get(code, DECLINED), locale)
    return {"code": code, "type": "channel", "message": text, "retryable": True}


def _version(session: SessionRow) -> int:
    """Every part only grows, and a new attempt adds more than the old one had."""
    attempts = steps_of(session.order_id) if session.order_id is not None else 0
    return session.edits + session.version + (session.order_version or 0) + attempts

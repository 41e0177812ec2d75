"""A buyer proves that a mailbox is theirs by a code that was sent there, and is found again: wallet, coupons, goods and
receipts are theirs on this device too.

Nothing tells whether an address is known: a code is always sent, and the answer is the same. What was bought before by
a guest with this address becomes the buyer's; the guest's own links open nothing of it any more.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from app.core import clock, db, mail
from app.core.errors import AppError, Conflict, Invalid, TooMany
from app.core.i18n.language import DEFAULT, match
from app.core.i18n.marks import N_
from app.core.ids import new_id
from app.core.limits.ratelimit import Counter, Limit
from app.core.security import crypto
from app.domain.buyers import queries, rules, service
from app.domain.buyers.errors import BuyerExists
from app.domain.buyers.models import Buyer, MailboxCode
from app.domain.buyers.types import GUEST, BuyerCommand
from app.domain.notifications.mails.models import Mail
from app.domain.orders.errors import SessionClosed
from app.domain.orders.models import CheckoutSession, Order
from app.lib.networks import neighbourhood
from app.workflow.buyers.merge_buyers import merge_here
from app.workflow.checkout import open_checkout
from app.workflow.steps.buyers.move_ownership import move_ownership

CODE_LASTS = timedelta(minutes=10)
MAX_TRIES = 5
MAX_AN_HOUR = 6  # codes to one address by one business
MAX_ADOPTED = 50  # guests at once; the rest is adopted the next time
# No mailbox is flooded, by however many shops and from however many networks; and no network asks for many.
OF_EMAIL = Limit("mailbox-code.email", times=3, window_s=600)
OF_EMAIL_A_DAY = Limit("mailbox-code.email-day", times=12, window_s=86_400)
OF_ADDRESS = Limit("mailbox-code.address", times=10, window_s=600)
TRIES_OF_ADDRESS = Limit("mailbox-try.address", times=30, window_s=600)
codes, orders, buyers = db.table(MailboxCode), db.table(Order), db.table(Buyer)


@dataclass(frozen=True)
class Proven:
    """Who has proven the mailbox."""

    buyer_id: uuid.UUID
    reference: str


def request_code(
    business_id: uuid.UUID,
    email: str,
    *,
    locale: str,
    counter: Counter,
    address: str | None,
    session_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Send a code to the address; its id. With `session_id` it proves the mailbox for that session, which must be open
    and without an order.

    Raises:
        InvalidBuyer: it is no address. TooMany: this address, or this network, was sent many lately.
        NotFound, SessionClosed: the session. Conflict: no mail can be sent here.
    """
    known = rules.normal_email(email)
    if known is None:
        raise Invalid("email_required", N_("Enter your email address."), details={"param": "email"})
    if not mail.is_on():
        raise Conflict("mail_off", "This installation sends no mail.")
    _count(counter, OF_ADDRESS, f"{business_id} {neighbourhood(address)}")
    _count(counter, OF_EMAIL, known)
    _count(counter, OF_EMAIL_A_DAY, known)
    code_id, code = new_id(), f"{secrets.randbelow(1_000_000):06}"
    with db.phase("prove_mailbox.request", business_id):
        if session_id is not None:
            _guest_session(session_id)
        _check_not_many(known)
        now = clock.now()
        db.add(
            MailboxCode,
            id=code_id,
            session_id=session_id,
            email=known,
            locale=match(locale) or DEFAULT,
            ciphertext=crypto.encrypt(code, context=rules.code_context(code_id)),
            expires_at=now + CODE_LASTS,
        )
        db.add(
            Mail,
            kind="code",
            source_id=code_id,
            recipient=known,
            locale=match(locale) or DEFAULT,
            next_attempt_at=now,
        )
    return code_id


def prove(business_id: uuid.UUID, code_id: uuid.UUID, typed: str, *, counter: Counter, address: str | None) -> Proven:
    """Take the code that was typed. The buyer of the mailbox is found, or made; a session that the code was asked for
    is theirs from then on, and so is what guests with this address bought.

    Raises:
        Invalid: it is wrong, over, used, or was tried too often; which of them is not told. TooMany: this network tried
        many. SessionClosed: the session is over, or was ordered meanwhile.
    """
    _count(counter, TRIES_OF_ADDRESS, f"{business_id} {neighbourhood(address)}")
    proven: Proven | None = None
    with db.phase("prove_mailbox.prove", business_id):
        mine = codes.c.business_id == db.here(), codes.c.id == code_id
        row = db.first(select(codes).where(*mine))
        if row is not None:
            if row.session_id is not None:
                _guest_session(row.session_id)  # locked, as by everybody, before what hangs on it
            row = db.lock(MailboxCode, row.id)
            if _fits(row, typed):
                proven = _take(row)
            elif row.tries < MAX_TRIES:
                db.write(db.change(MailboxCode, row.id, tries=row.tries + 1), expect=1)
    if proven is None:
        text = N_("This code is wrong or has expired. Check it, or request a new one.")
        raise Invalid("code_invalid", text, details={"param": "code"})
    adopt_guests(business_id, proven.buyer_id)
    return proven


def latest_code(business_id: uuid.UUID, session_id: uuid.UUID) -> uuid.UUID:
    """The code that was sent last for the session.

    Raises:
        Invalid: none was.
    """
    with db.reading(business_id):
        asked = select(codes.c.id).where(codes.c.business_id == business_id, codes.c.session_id == session_id)
        found: uuid.UUID | None = db.scalar(asked.order_by(codes.c.id.desc()).limit(1))
    if found is None:
        raise Invalid("code_invalid", N_("Request a code first."), details={"param": "code"})
    return found


def adopt_guests(business_id: uuid.UUID, buyer_id: uuid.UUID) -> int:
    """Make what guests bought with the buyer's proven address the buyer's; of how many guests. One of whom something is
    being decided waits for the next time."""
    with db.reading(business_id):
        buyer = db.get(Buyer, buyer_id)
        references = _guests_of(buyer.email) if buyer.email and buyer.email_verified_at else []
    adopted = 0
    for reference in references:
        with suppress(AppError), db.phase("prove_mailbox.adopt", business_id):
            _adopt(reference, buyer_id)
            adopted += 1
    return adopted


def _adopt(reference: str, buyer_id: uuid.UUID) -> None:
    guest = queries.by_reference(reference)
    wanted = [buyer_id, *([guest.id] if guest is not None else [])]
    locked = select(buyers).where(buyers.c.business_id == db.here(), buyers.c.id.in_(wanted))
    rows = {row.id: row for row in db.rows(locked.order_by(buyers.c.id).with_for_update())}
    buyer = rows[buyer_id]
    service.check_active(buyer)
    why = {"reason": "mailbox proven", "actor": "system"}
    if guest is None:
        move_ownership(reference, buyer.reference, seed=new_id(), **why)
    else:
        service.check_active(rows[guest.id])
        merge_here(rows[guest.id], buyer, merge_id=new_id(), **why)


def _guests_of(email: str) -> Sequence[str]:
    found = select(orders.c.buyer_reference).where(
        orders.c.business_id == db.here(), orders.c.buyer_email == email, orders.c.buyer_reference.startswith(GUEST)
    )
    return [row.buyer_reference for row in db.rows(found.distinct().limit(MAX_ADOPTED))]


def _count(counter: Counter, limit: Limit, subject: str) -> None:
    wait_s = counter.hit(limit, subject)
    if wait_s:
        text = N_("Too many codes were requested. Please wait a while.")
        raise TooMany("mail_code_limit", text, details={"retry_after_s": wait_s})


def _check_not_many(email: str) -> None:
    """The record behind the counts: Redis may have lost them."""
    since = clock.now() - timedelta(hours=1)
    sent = select(func.count()).where(
        codes.c.business_id == db.here(), codes.c.email == email, codes.c.created_at > since
    )
    if int(db.scalar(sent) or 0) >= MAX_AN_HOUR:
        text = N_("Too many codes were requested. Please wait a while.")
        raise TooMany("mail_code_limit", text, details={"retry_after_s": 3600})


def _guest_session(session_id: uuid.UUID) -> CheckoutSession:
    session = open_checkout.open_session(session_id)
    if session.order_id is not None:
        raise SessionClosed("already_ordered", "The order was already placed; your details cannot change.")
    if not session.buyer_reference.startswith(GUEST) and not session.buyer_signed_in:
        raise Invalid("invalid_buyer", "The shop knows this buyer already.")
    return session


def _fits(row: MailboxCode, typed: str) -> bool:
    """Whether the code counts; what was typed is compared in any case, so that time tells nothing."""
    code = crypto.decrypt(row.ciphertext, context=rules.code_context(row.id))
    is_same = crypto.same("".join(filter(str.isdigit, typed))[:12], code)
    return is_same and row.used_at is None and row.tries < MAX_TRIES and row.expires_at > clock.now()


def _take(row: MailboxCode) -> Proven:
    db.write(db.change(MailboxCode, row.id, used_at=clock.now()), expect=1)
    buyer = queries.by_email(row.email)
    if buyer is None:
        buyer_id = new_id()
        command = BuyerCommand(email=row.email, email_verified=True, locale=row.locale)
        try:
            reference = service.add(buyer_id, command, source="mailbox", actor="system")
            db.flush()
        except BuyerExists as error:  # proven by another browser at this very moment
            raise Conflict("version_conflict", "Somebody else did this at the same moment. Try again.") from error
    else:
        buyer_id, reference = buyer.id, buyer.reference
    if row.session_id is not None:
        session = open_checkout.open_session(row.session_id)
        change = db.change(
            CheckoutSession,
            session.id,
            buyer_reference=reference,
            buyer_email=row.email,
            buyer_signed_in=True,
            edits=session.edits + 1,
        )
        db.write(change, expect=1)
    return Proven(buyer_id, reference)

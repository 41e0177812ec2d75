"""The buyer steps back from the payment page: to pay another way, to give up, or because the payment is done."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.domain.orders.models import CheckoutSession
from app.domain.payments import service as payments
from app.workflow.checkout import confirm_checkout, open_checkout
from app.workflow.payments import poll_undecided
from app.workflow.payments.close_attempts import close_attempts


def leave_payment(business_id: uuid.UUID, session_id: uuid.UUID, *, actor: str) -> None:
    """Give up what is under way: a payment that waits for the buyer is closed at the company, and the session can
    be paid another way; a session without one is cancelled.

    Raises:
        NotFound: no such session. SessionClosed: it is over. OrderState: a payment cannot be stopped any more.
    """
    with db.phase("leave_payment.look", business_id):
        session = open_checkout.open_session(session_id)
    if session.order_id is not None and close_attempts(business_id, session.order_id):
        return
    confirm_checkout.cancel_checkout(business_id, session_id, actor=actor)


def come_back(session_id: uuid.UUID, *, ask: bool, is_hosted: bool = True) -> str | None:
    """The buyer's browser was sent back here by the company: with `ask`, the company is asked what became of the
    payment (the address proves nothing). Where the merchant wants the buyer to go on, if it said so; else, where the
    hosted page is not open to this browser, the site whose page opened the checkout.

    Raises:
        NotFound: there is no such session.
    """
    sessions = db.table(CheckoutSession)
    with db.system_reading():
        session = db.first(
            select(sessions.c.business_id, sessions.c.order_id, sessions.c.return_url, sessions.c.details).where(
                sessions.c.id == session_id
            )
        )
    if session is None:
        raise NotFound("not_found", "There is no such checkout session.")
    if ask and session.order_id is not None:
        with db.reading(session.business_id):
            undecided = payments.undecided_of(session.order_id)
        for attempt in undecided:
            poll_undecided.poll_attempt(session.business_id, attempt.id, force=True)
    site: str | None = None if is_hosted else session.details.get("page_origin")
    return_url: str | None = session.return_url or (f"{site}/" if site else None)
    return return_url

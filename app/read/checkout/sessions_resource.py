"""Checkout sessions as the merchant's server sees them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.origins import is_loopback
from app.domain.orders.models import CheckoutSession

KeptSession = CheckoutSession  # for those who show one
sessions = db.table(CheckoutSession)


def get_session(business_id: uuid.UUID, session_id: uuid.UUID) -> CheckoutSession:
    """One session.

    Raises:
        NotFound: the business has no such session.
    """
    with db.reading(business_id):
        return db.get(CheckoutSession, session_id)


class _Named(db.JoinedRow):
    allowed_origins: list[str]
    mode: str


@dataclass(frozen=True)
class Origins:
    """Where pages may show a business's checkout: on the origins it names and, of a test business, on the developer's
    own computer at any port."""

    named: frozenset[str]
    is_test: bool

    def has(self, origin: str) -> bool:
        """Whether pages of this origin may."""
        return origin in self.named or (self.is_test and is_loopback(origin))


def allowed_origins(business_id: uuid.UUID) -> Origins:
    """The origins whose pages may show this business's checkout."""
    query = db.select_as(_Named, select(Business.allowed_origins, Business.mode))
    with db.reading(business_id):
        found = db.first(query.where(Business.id == business_id))
    if found is None:
        return Origins(frozenset(), is_test=False)
    return Origins(frozenset(found.allowed_origins), is_test=found.mode == "test")


def origins_of_session(session_id: uuid.UUID) -> Origins:
    """The origins whose pages may show this session, whosever it is.

    Raises:
        NotFound: there is no such session.
    """
    statement = select(sessions.c.business_id).where(sessions.c.id == session_id)
    with db.system_reading():
        business_id = db.scalar(statement)
    if business_id is None:
        raise NotFound("not_found", "There is no such checkout session.")
    return allowed_origins(business_id)

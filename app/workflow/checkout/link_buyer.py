"""Signed links by which a buyer sees what they own: made by the merchant's server, or shown after a payment."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from app.core import clock, db, settings
from app.core.errors import NotFound
from app.core.i18n.marks import N_
from app.domain.buyers.queries import current_reference
from app.domain.buyers.types import GUEST
from app.domain.fulfilment import rules

_PURPOSE = "what a buyer owns"


@dataclass(frozen=True)
class Link:
    """An address that anybody who has it may open, until it is over."""

    url: str
    expires_at: datetime


def make_link(
    business_id: uuid.UUID, buyer_reference: str, *, lasts: timedelta = rules.BUYER_LINK_LASTS, page: str = ""
) -> Link:
    """A link to what this buyer owns, or to another `page` of theirs, such as `contracts`. It can be made again and
    again; none ends another. It opens all of the buyer's pages."""
    expires_at = (clock.actual() + lasts).replace(microsecond=0)
    token = _signer().dumps([business_id.hex, buyer_reference, int(expires_at.timestamp())])
    path = f"{token}/{page}" if page else token
    return Link(f"{settings.current().public_url}/my/{path}", expires_at)


def read_link(token: str) -> tuple[uuid.UUID, str]:
    """Whose link it is: business, and what the buyer is called now.

    Raises:
        NotFound: it is no link of ours, it is over, or it is a guest's whose purchases are a known buyer's by now.
    """
    try:
        business, buyer, expires = _signer().loads(token)
    except BadSignature:
        raise NotFound("not_found", N_("This link is incomplete. Please ask the shop for a new one.")) from None
    if expires <= clock.actual().timestamp():
        raise NotFound("not_found", N_("This link has expired. Please ask the shop for a new one."))
    business_id = uuid.UUID(business)
    with db.reading(business_id):
        current = current_reference(buyer)
    if current != buyer and buyer.startswith(GUEST):
        # The link was made for who had proven nothing; what the buyer has by now is not for it.
        raise NotFound("not_found", N_("These purchases have moved. Confirm your email address to see them."))
    return business_id, current


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings.current().secret_key, salt=_PURPOSE)

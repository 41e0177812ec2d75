"""Signed links by which a buyer sees what they own: made by the merchant's server, or shown after a payment."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from itsdangerous import BadSignature, URLSafeSerializer

from app.core import clock, settings
from app.core.errors import NotFound
from app.core.i18n.marks import N_
from app.domain.fulfilment import rules

_PURPOSE = "what a buyer owns"


@dataclass(frozen=True)
class Link:
    """An address that anybody who has it may open, until it is over."""

    url: str
    expires_at: datetime


def make_link(business_id: uuid.UUID, buyer_reference: str) -> Link:
    """A link to what this buyer owns. It can be made again and again; none ends another."""
    expires_at = (clock.actual() + rules.BUYER_LINK_LASTS).replace(microsecond=0)
    token = _signer().dumps([business_id.hex, buyer_reference, int(expires_at.timestamp())])
    return Link(f"{settings.current().public_url}/my/{token}", expires_at)


def read_link(token: str) -> tuple[uuid.UUID, str]:
    """Whose link it is: business and buyer's reference.

    Raises:
        NotFound: it is no link of ours, or it is over.
    """
    try:
        business, buyer, expires = _signer().loads(token)
    except BadSignature:
        raise NotFound("not_found", N_("This link is incomplete. Please ask the shop for a new one.")) from None
    if expires <= clock.actual().timestamp():
        raise NotFound("not_found", N_("This link has expired. Please ask the shop for a new one."))
    return uuid.UUID(business), buyer


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings.current().secret_key, salt=_PURPOSE)

"""Signed links that cancel what somebody decided alone. They go by mail to whoever decided, who may have lost their
session, and do nothing but cancel."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer

from app.core import settings
from app.core.errors import NotFound

_PURPOSE = "cancelling what was decided alone"


@dataclass(frozen=True)
class Cancellation:
    """The request that a link cancels, and the person whom it was mailed to (`usr_…`)."""

    business_id: uuid.UUID
    approval_id: uuid.UUID
    actor: str


def link_of(named: Cancellation) -> str:
    """The URL of the page that cancels it."""
    token = _signer().dumps([named.business_id.hex, named.approval_id.hex, named.actor])
    return f"{settings.current().public_url}/portal/cancel/{token}"


def read_token(token: str) -> Cancellation:
    """What the token of such a URL names.

    Raises:
        NotFound: it is none of ours.
    """
    try:
        business, approval, actor = _signer().loads(token)
        return Cancellation(uuid.UUID(business), uuid.UUID(approval), str(actor))
    except (BadSignature, ValueError, TypeError, AttributeError):
        raise NotFound("not_found", "This link is incomplete. Open it from the email again.") from None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings.current().secret_key, salt=_PURPOSE)

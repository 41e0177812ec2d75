"""Signed links by which somebody joins a team. A link names the invitation and its round; what it is worth is asked of
the database whenever it is opened."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer

from app.core import settings
from app.core.errors import NotFound

_PURPOSE = "joining a team"


@dataclass(frozen=True)
class Named:
    """What a link names."""

    business_id: uuid.UUID
    invitation_id: uuid.UUID
    round: int


def link_of(business_id: uuid.UUID, invitation_id: uuid.UUID, round_: int) -> str:
    """The address that the invited person opens."""
    token = _signer().dumps([business_id.hex, invitation_id.hex, round_])
    return f"{settings.current().public_url}/portal/join/{token}"


def read_token(token: str) -> Named:
    """What the last part of such an address names.

    Raises:
        NotFound: it is none of ours.
    """
    try:
        business, invitation, round_ = _signer().loads(token)
        return Named(uuid.UUID(business), uuid.UUID(invitation), int(round_))
    except (BadSignature, ValueError, TypeError):
        raise NotFound("not_found", "This invitation is not complete. Please ask for a new one.") from None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings.current().secret_key, salt=_PURPOSE)

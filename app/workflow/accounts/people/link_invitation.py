"""Signed links by which somebody joins a team. A link names the invitation and its round; what it is worth is asked of
the database whenever it is opened. There are two of each: one that whoever invites may see and pass on, and one that
goes by mail alone, and so proves the mailbox of whoever opens it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer

from app.core import settings
from app.core.errors import NotFound

_PURPOSE = "joining a team"


@dataclass(frozen=True)
class Named:
    """The invitation and the round that a link names, and whether the link came by mail."""

    business_id: uuid.UUID
    invitation_id: uuid.UUID
    round: int
    by_mail: bool = False


def link_of(business_id: uuid.UUID, invitation_id: uuid.UUID, round_: int, *, by_mail: bool = False) -> str:
    """The URL that the invited person opens. The one `by_mail` is never shown in the portal: it creates accounts."""
    named = [business_id.hex, invitation_id.hex, round_]
    token = _signer(by_mail=by_mail).dumps(named)
    return f"{settings.current().public_url}/portal/join/{token}"


def read_token(token: str) -> Named:
    """What the token of such a URL names.

    Raises:
        NotFound: it is none of ours.
    """
    for by_mail in (False, True):
        try:
            business, invitation, round_ = _signer(by_mail=by_mail).loads(token)
            return Named(uuid.UUID(business), uuid.UUID(invitation), int(round_), by_mail)
        except (BadSignature, ValueError, TypeError):
            continue
    raise NotFound("not_found", "This invitation link is incomplete. Please ask for a new one.")


def _signer(*, by_mail: bool) -> URLSafeSerializer:
    return URLSafeSerializer(settings.current().secret_key, salt=f"{_PURPOSE}, by mail" if by_mail else _PURPOSE)

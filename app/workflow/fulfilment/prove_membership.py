"""Whether a buyer is a member, said to a page in a way that the merchant's server can believe.

The page shows who its buyer is by a token that the merchant's server made, and nobody else's is asked about. What it is
answered is signed (JWS, EdDSA) by a key of the business, and holds for minutes.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from app.core import clock, db, settings
from app.core.errors import Unauthenticated
from app.core.ids import show
from app.core.security import crypto
from app.domain.fulfilment import members
from app.domain.fulfilment.membership import standing, timeline

TOKEN_LASTS = timedelta(hours=12)
PROOF_LASTS = timedelta(minutes=5)
_PURPOSE = "which buyer a page shows"


@dataclass(frozen=True)
class BuyerToken:
    """A token that names a buyer to a page's calls, until it is over."""

    text: str
    expires_at: datetime


@dataclass(frozen=True)
class Proof:
    """What a buyer is of a product now; `text` is the same, signed, and holds until `expires_at`."""

    is_member: bool
    level: str
    ends_at: datetime | None
    expires_at: datetime
    text: str


def make_buyer_token(business_id: uuid.UUID, buyer: str) -> BuyerToken:
    """A token for this buyer; none ends another."""
    expires_at = (clock.actual() + TOKEN_LASTS).replace(microsecond=0)
    return BuyerToken(_signer().dumps([business_id.hex, buyer, int(expires_at.timestamp())]), expires_at)


def prove_membership(business_id: uuid.UUID, token: str, product_id: uuid.UUID) -> Proof:
    """What the token's buyer is of this product. Of a product that there is not, nobody is a member.

    Raises:
        Unauthenticated: no such token, of another business, or over.
    """
    buyer = _buyer_of(business_id, token)
    pair = (buyer, product_id)
    with db.reading(business_id):
        now = clock.now()
        found = standing(timeline(members.read([pair])[pair].purchases), now)
    is_member = found is not None and found.changes_at is not None
    level, ends_at = (found.level, found.ends_at) if found is not None and is_member else ("", None)
    expires_at = (clock.actual() + PROOF_LASTS).replace(microsecond=0)
    claims = {
        "iss": settings.current().public_url,
        "aud": show("biz", business_id),
        "sub": buyer,
        "product_id": show("prd", product_id),
        "member": is_member,
        "level": level,
        "ends_at": ends_at.isoformat() if ends_at is not None else None,
        "exp": int(expires_at.timestamp()),
        "iat": int((expires_at - PROOF_LASTS).timestamp()),
    }
    return Proof(is_member, level, ends_at, expires_at, _signed(business_id, claims))


def proof_keys(business_id: uuid.UUID) -> list[dict[str, str]]:
    """The public keys by which proofs of this business are checked, the one that signs first: JSON Web Keys."""
    made = crypto.public_keys(context=_context(business_id))
    shared = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig"}
    return [{**shared, "kid": name, "x": _text64(raw)} for name, raw in made.items()]


def _signed(business_id: uuid.UUID, claims: Mapping[str, Any]) -> str:
    [key, *_] = proof_keys(business_id)
    head = {"alg": "EdDSA", "typ": "JWT", "kid": key["kid"]}
    text = ".".join(_text64(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
    signature = crypto.sign(text, context=_context(business_id)).rpartition(".")[2]
    return f"{text}.{signature.rstrip('=')}"


def _context(business_id: uuid.UUID) -> str:
    return f"membership proofs {business_id}"


def _buyer_of(business_id: uuid.UUID, token: str) -> str:
    refused = Unauthenticated("buyer_token_invalid", "The buyer token is unknown, of another business, or has expired.")
    try:
        business, buyer, expires = _signer().loads(token)
    except BadSignature:
        raise refused from None
    if business != business_id.hex or expires <= clock.actual().timestamp():
        raise refused
    return str(buyer)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings.current().secret_key, salt=_PURPOSE)


def _text64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

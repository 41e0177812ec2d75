"""One-time codes that an authenticator app and we reckon alike (RFC 6238, with its SHA-1 and six digits, which every
app knows)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_S, DIGITS = 30, 6
DRIFT = 1  # so many steps an app's clock may be off, before and after


def seal_context(row_id: uuid.UUID) -> str:
    """What the secret of this row is bound to."""
    return f"totp_secrets/{row_id}/sealed"


def new_secret() -> str:
    """A secret of 160 random bits, as apps and people write it (base32)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_of(secret: str, step: int, *, digits: int = DIGITS) -> str:
    """The code of one step of 30 seconds since 1970."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_at(moment: datetime) -> int:
    """The step of this moment."""
    return int(moment.timestamp()) // STEP_S


def step_of(secret: str, code: str, moment: datetime) -> int | None:
    """The step that this is the code of, near the moment; None when it is of none. Takes the same time for all."""
    here = step_at(moment)
    found = None
    for step in range(here - DRIFT, here + DRIFT + 1):
        if hmac.compare_digest(code_of(secret, step).encode(), code.encode()):
            found = step
    return found


def address(secret: str, *, account: str, issuer: str) -> str:
    """What the QR code for an app says (otpauth://…)."""
    query = urlencode({"secret": secret, "issuer": issuer, "digits": DIGITS, "period": STEP_S}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{query}"

"""One-time codes that an authenticator app and we reckon alike (RFC 6238, with its SHA-1 and six digits, which every
app knows)."""

from __future__ import annotations

import hmac
import uuid
from datetime import datetime

import pyotp

STEP_S, DIGITS = 30, 6
DRIFT = 1  # so many steps an app's clock may be off, before and after


def encryption_context(row_id: uuid.UUID) -> str:
    """The context with which the secret of this row is encrypted."""
    return f"totp_secrets/{row_id}/ciphertext"


def new_secret() -> str:
    """A secret of 160 random bits, as apps and people write it (base32)."""
    return pyotp.random_base32()


def code_of(secret: str, step: int, *, digits: int = DIGITS) -> str:
    """The code of one step of 30 seconds since 1970."""
    return pyotp.HOTP(secret, digits=digits).at(step)


def step_at(moment: datetime) -> int:
    """The step of this moment."""
    return int(moment.timestamp()) // STEP_S


def step_of(secret: str, code: str, moment: datetime) -> int | None:
    """The step near `moment` that this code belongs to; None when it is wrong. Takes constant time."""
    here = step_at(moment)
    found = None
    for step in range(here - DRIFT, here + DRIFT + 1):
        if hmac.compare_digest(code_of(secret, step).encode(), code.encode()):
            found = step
    return found


def address(secret: str, *, account: str, issuer: str) -> str:
    """What the QR code for an app says (otpauth://…)."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S).provisioning_uri(name=account, issuer_name=issuer)

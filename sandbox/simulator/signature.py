"""HMAC-SHA256 over the raw bytes, with a timestamp that is refused when too old or too new."""

import hashlib
import hmac

TOLERANCE_S = 300


def sign_request(key: str, timestamp: str, method: str, path: str, body: bytes) -> str:
    """What a merchant sends in `X-Signature`."""
    return _hex(key, f"{timestamp}.{method}.{path}.".encode() + body)


def sign_notice(key: str, timestamp: str, body: bytes) -> str:
    """What the company sends in `X-Signature` of a notice."""
    return _hex(key, f"{timestamp}.".encode() + body)


def is_fresh(timestamp: str, now: float) -> bool:
    """True for whole seconds within five minutes of now, on either side."""
    return timestamp.isascii() and timestamp.isdigit() and abs(now - int(timestamp)) <= TOLERANCE_S


def is_same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


def _hex(key: str, message: bytes) -> str:
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()

"""How often signing in may be tried: per account and per address. The answer is the same whether the account exists."""

from __future__ import annotations

import uuid

from flask import current_app, request

from app.core.errors import TooMany
from app.core.limits.ratelimit import Counter, Limit
from app.web.auth import devices

PER_ACCOUNT = Limit("login-account", times=8, window_s=900)
PER_PERSON = Limit("second-factor", times=6, window_s=900)
MAILS_PER_ACCOUNT = Limit("reset-account", times=3, window_s=3600)
LINKS_PER_ACCOUNT = Limit("join-account", times=3, window_s=3600)
SIGN_UPS_PER_ACCOUNT = Limit("sign-up-account", times=3, window_s=3600)
MAILS_PER_ADDRESS = Limit("reset-address", times=30, window_s=3600)
PER_ADDRESS = Limit("login-address", times=60, window_s=900)


def wait_for_mail_s(email: str) -> int:
    """Count one wish for a new password by mail; 0 when it may be sent, else the seconds to wait. Whether anybody has
    the address makes no difference."""
    counter = _counter()
    return max(counter.hit(MAILS_PER_ACCOUNT, _account(email)), counter.hit(MAILS_PER_ADDRESS, _address()))


def wait_for_link_s(email: str) -> int:
    """Count one wish for the link of an invitation by mail; 0 when it may be sent, else the seconds to wait."""
    counter = _counter()
    return max(counter.hit(LINKS_PER_ACCOUNT, email), counter.hit(MAILS_PER_ADDRESS, _address()))


def wait_for_sign_up_s(email: str) -> int:
    """Count one wish for a link that opens a business; 0 when it may be sent, else the seconds to wait."""
    counter = _counter()
    return max(counter.hit(SIGN_UPS_PER_ACCOUNT, email.strip().lower()), counter.hit(MAILS_PER_ADDRESS, _address()))


def wait_s(email: str) -> int:
    """Count one try; 0 when it may go on, else the seconds to wait."""
    counter = _counter()
    return max(counter.hit(PER_ACCOUNT, _account(email)), counter.hit(PER_ADDRESS, _address()))


def wait_for_code_s(user_id: uuid.UUID) -> int:
    """Count one code that somebody who knows the password tries; 0 when it may go on, else the seconds to wait."""
    return _counter().hit(PER_PERSON, str(user_id))


def check_code(user_id: uuid.UUID) -> None:
    """Count one code that somebody who is signed in tries.

    Raises:
        TooMany: too many were wrong.
    """
    if rest_s := wait_for_code_s(user_id):
        raise TooMany("rate_limited", f"Try again in {-(-rest_s // 60)} min.", details={"retry_after_s": rest_s})


def code_was_right(user_id: uuid.UUID) -> None:
    """The person's count begins again."""
    _counter().forget(PER_PERSON, str(user_id))


def wait_for_passkey_s() -> int:
    """Count one passkey that a stranger shows; 0 when it may go on, else the seconds to wait."""
    return _counter().hit(PER_ADDRESS, _address())


def passkey_was_right() -> None:
    """The address gets its try back."""
    _counter().uncount(PER_ADDRESS, _address())


def succeeded(email: str) -> None:
    """The right password: the account's count begins again, and the address gets its try back."""
    _counter().forget(PER_ACCOUNT, _account(email))
    _counter().uncount(PER_ADDRESS, _address())


def _counter() -> Counter:
    counter: Counter = current_app.extensions["counter"]
    return counter


def _account(email: str) -> str:
    account = email.strip().lower()
    return f"{account} here" if devices.is_known(account) else account


def _address() -> str:
    return request.remote_addr or "nowhere"

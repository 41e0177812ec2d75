"""Signed links by which somebody opens a business. They go to a mailbox, and so prove it; a link names the business
that it opens, which exists once, however often the link is used."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from app.core import clock, db, settings
from app.core.errors import Denied, NotFound
from app.core.ids import new_id
from app.workflow.steps.accounts.check_address import check_address
from app.workflow.steps.notifications.queue_user_mail import queue

_PURPOSE = "opening a business"
SIGN_UP_LASTS, INVITATION_LASTS = timedelta(hours=24), timedelta(days=7)


@dataclass(frozen=True)
class SignUp:
    """The mailbox that a link proves, the business it opens, and whether an operator sent it."""

    email: str
    business_id: uuid.UUID
    is_invited: bool


def request_sign_up(email: str) -> None:
    """Mail this address a link that opens a business. The address is not looked up, so that neither the answer nor its
    time says whether it has an account. The caller throttles.

    Raises:
        Denied: this installation lets nobody sign up by themselves. Invalid: no email address.
    """
    check_open(is_invited=False)
    _queue(check_address(email), SIGN_UP_LASTS, is_invited=False)


def invite_owner(email: str) -> str:
    """Mail this address an operator's invitation to open a business; the link, for the operator's command line.

    Raises:
        Denied: this installation opens businesses by its operator alone. Invalid: no email address.
    """
    check_open(is_invited=True)
    return _queue(check_address(email), INVITATION_LASTS, is_invited=True)


def check_open(*, is_invited: bool) -> None:
    """Whether businesses may be opened this way (setting SIGN_UP).

    Raises:
        Denied: they may not.
    """
    allowed = settings.current().sign_up
    if allowed == "off" or (allowed == "invited" and not is_invited):
        raise Denied("sign_up_closed", "Sign-up is closed. Ask the operator of this installation.")


def link_of(email: str, business_id: uuid.UUID, until: int, *, is_invited: bool) -> str:
    """The URL of the page that opens the business; `until` in seconds since 1970."""
    token = _signer().dumps([email, business_id.hex, until, is_invited])
    return f"{settings.current().public_url}/portal/sign-up/{token}"


def read_token(token: str) -> SignUp:
    """What the token of such a URL is worth.

    Raises:
        NotFound: it is none of ours, or too old. Denied: businesses are not opened this way any more.
    """
    try:
        email, business, until, is_invited = _signer().loads(token)
        found = SignUp(str(email), uuid.UUID(business), bool(is_invited))
    except (BadSignature, ValueError, TypeError):
        raise NotFound("not_found", "This link is incomplete. Open it from the email again.") from None
    if until <= clock.actual().timestamp():
        raise NotFound("not_found", "This link has expired. Ask for a new one.")
    check_open(is_invited=found.is_invited)
    return found


def _queue(address: str, lasts: timedelta, *, is_invited: bool) -> str:
    business_id, until = new_id(), _seconds(clock.actual() + lasts)
    details = {"business_id": str(business_id), "until": until, "is_invited": is_invited}
    with db.system_phase("link_sign_up.queue"):
        queue("sign_up", address, details)
    return link_of(address, business_id, until, is_invited=is_invited)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings.current().secret_key, salt=_PURPOSE)

"""Browsers in which an account has signed in before: a signed cookie says so, and outlives the session. In one of them
a sign-in is no news, and tries are counted apart from those of strangers, who so lock nobody out."""

from __future__ import annotations

import uuid

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from app.workflow.accounts.people.notify_user import mark_of, notify_of_sign_in

COOKIE = "bursar_known"
MAX_COUNT = 8
YEAR_S = 31536000


def is_known(email: str) -> bool:
    """Whether this account has signed in with this browser before."""
    return mark_of(email) in _known()


def greet(user_id: uuid.UUID) -> None:
    """Somebody signs in here: tell them when it is the first time, and know them the next time."""
    known = _known()
    mark = notify_of_sign_in(user_id, address=request.remote_addr or "", known=known)
    marks = [mark, *(each for each in known if each != mark)][:MAX_COUNT]

    @after_this_request
    def remember(response: Response) -> Response:
        is_secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        signed = _signer().dumps(marks)
        response.set_cookie(COOKIE, signed, max_age=YEAR_S, httponly=True, samesite="Lax", secure=is_secure)
        return response


def _known() -> list[str]:
    try:
        marks = _signer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return []
    return [each for each in marks if isinstance(each, str)] if isinstance(marks, list) else []


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known-browsers")

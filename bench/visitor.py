"""Somebody who looks at the portal, in the process that measures."""

from __future__ import annotations

import re
import secrets
import time
import uuid
from typing import Any

from flask import Flask

from app.core import db
from app.core.ids import new_id
from app.core.security.passwords import hash_password
from app.domain.accounts.business.models import Membership, User

WARMING = 2  # views that warm templates and plans


def signed_in(app: Flask, business_id: uuid.UUID) -> Any:
    """A browser in which an owner of the business is signed in."""
    user_id, password = new_id(), secrets.token_urlsafe(12)
    email = f"{secrets.token_hex(6)}@bench.example"
    with db.system_phase("bench.user"):
        db.write(db.new_row(User, id=user_id, email=email, name="Bench", password_hash=hash_password(password)))
    with db.system_phase("bench.seat"):
        db.write(db.new_row(Membership, business_id=business_id, user_id=user_id, role="owner"))
    visitor = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitor.get("/portal/login").text)
    assert token is not None, "the form to sign in has no token"
    sent = {"csrf_token": token[1], "email": email, "password": password}
    assert visitor.post("/portal/login", data=sent).status_code == 303, "signing in failed"
    return visitor


def timed(visitor: Any, address: str, views: int) -> list[float]:
    """Milliseconds that the server took for an address, that many times, shortest first.

    Raises:
        RuntimeError: it answers with an error.
    """
    duration_ms = []
    for number in range(views + WARMING):
        began_s = time.perf_counter()
        response = visitor.get(address)
        if number >= WARMING:
            duration_ms.append((time.perf_counter() - began_s) * 1000)
        if response.status_code not in (200, 302, 303):
            raise RuntimeError(f"{address} answers {response.status_code}")
    return sorted(duration_ms)

"""Locks on names, for rules about things that have no row of their own to lock."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select

from app.core import db

_NAMES = 0x6E61  # keeps these apart from other advisory locks


def hold(name: str, business_id: uuid.UUID | None = None) -> None:
    """Wait until no other phase of the business holds this name, and hold it until the open phase ends. Names that are
    held together are taken in their order, or two phases may wait for one another. A phase that crosses businesses
    names the `business_id`."""
    business_id = business_id or db.here()
    db.scalar(select(func.pg_advisory_xact_lock(_NAMES, func.hashtext(f"{business_id}|{name}"))))

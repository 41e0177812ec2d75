"""Locks on names, for rules about things that have no row of their own to lock."""

from __future__ import annotations

from sqlalchemy import func, select

from app.core import db

_NAMES = 0x6E61  # keeps these apart from other advisory locks


def hold(name: str) -> None:
    """Wait until no other phase of the business holds this name, and hold it until the open phase ends. Names that are
    held together are taken in their order, or two phases may wait for one another."""
    db.scalar(select(func.pg_advisory_xact_lock(_NAMES, func.hashtext(f"{db.here()}|{name}"))))

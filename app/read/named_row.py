"""Rows of many reads: of something no more than its id, or its name as well, and how many are in a state."""

from __future__ import annotations

import uuid

from app.core import db


class IdRow(db.JoinedRow):
    """Something by its id alone."""

    id: uuid.UUID


class NamedRow(IdRow):
    """Something and what it is called."""

    name: str


class StatusCount(db.JoinedRow):
    """So many are in this state."""

    status: str
    number: int

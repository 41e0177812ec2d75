"""How a business's orders fall into parts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db
from app.domain.accounts.business.models import Business
from app.domain.orders.splits.registry import splits


@dataclass(frozen=True)
class Choice:
    """A strategy to choose."""

    name: str
    title: str
    description: str


@dataclass(frozen=True)
class Splitting:
    """The strategies there are, and the name of the one in use, which may be installed no more."""

    chosen: str
    choices: tuple[Choice, ...]


def splitting(business_id: uuid.UUID) -> Splitting:
    """How the business's orders are split."""
    with db.reading(business_id):
        chosen = db.scalar(select(Business.split_by).where(Business.id == business_id))
    choices = tuple(Choice(each.name, each.title, each.description) for each in splits().values())
    return Splitting(str(chosen), choices)

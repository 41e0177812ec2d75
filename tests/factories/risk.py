"""A shop that has something to fear."""

from __future__ import annotations

import uuid

from app.domain.risk.types import EntryKind, EntrySource, ListName
from app.workflow.risk import manage_entries
from app.workflow.risk.manage_entries import EntryCommand
from tests.factories.shop import Shop


def make_entry(
    shop: Shop,
    value: str,
    *,
    kind: EntryKind = EntryKind.BUYER,
    list_name: ListName = ListName.BLOCK,
) -> uuid.UUID:
    """A value on a list; the entry's id."""
    command = EntryCommand(list_name=list_name, kind=kind, value=value, reason="Fraud")
    return manage_entries.add(shop.business_id, command, source=EntrySource.API, actor="test")

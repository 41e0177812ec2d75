"""Fetching a file that was made of a list: by a link that is signed, works for an hour, and opens for nobody but the
person or key that asked for the file."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from app.core import clock, db, settings
from app.core.errors import NotFound
from app.domain.insights.lists.models import Export
from app.domain.insights.lists.rules import EXPORT_LINK_LASTS
from app.lib.some import some

_PURPOSE = "a file made of a list"


@dataclass(frozen=True)
class ExportFile:
    """The file that a link opens, and its holder."""

    business_id: uuid.UUID
    holder: str
    key: str
    name: str
    bytes: int
    listing: str
    sees_buyers: bool


def make_link(business_id: uuid.UUID, export_id: uuid.UUID) -> str:
    """The token of a link to the export's file."""
    until = clock.actual() + EXPORT_LINK_LASTS
    return _signer().dumps([business_id.hex, export_id.hex, int(until.timestamp())])


def open_link(token: str) -> ExportFile:
    """The file that the link opens; the caller checks that its holder asks.

    Raises:
        NotFound: it is no link of ours, it is over, or the file is not there (any more).
    """
    try:
        business, export, expires = _signer().loads(token)
    except BadSignature:
        raise _gone() from None
    if expires <= clock.actual().timestamp():
        raise _gone()
    business_id, table = uuid.UUID(business), db.table(Export)
    with db.reading(business_id):
        row = db.first(select(table).where(table.c.business_id == business_id, table.c.id == uuid.UUID(export)))
    if row is None or row.key is None:
        raise _gone()
    return file_of(row)


def file_of(row: Export) -> ExportFile:
    """The file of an export that is done."""
    name = f"{row.listing}-{row.created_at:%Y-%m-%d}.{row.format}"
    return ExportFile(row.business_id, row.holder, some(row.key), name, some(row.bytes), row.listing, row.sees_buyers)


def _gone() -> NotFound:
    return NotFound("not_found", "This link has expired. Get a new one under Exports.")


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings.current().secret_key, salt=_PURPOSE)

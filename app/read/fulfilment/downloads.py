"""The files of a product, with what became of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core import db
from app.core.errors import NotFound
from app.domain.catalog.models import Product
from app.domain.fulfilment import downloads
from app.domain.fulfilment.models import DownloadFile, DownloadUse, DownloadVersion

versions = db.table(DownloadVersion)
uses = db.table(DownloadUse)


class _Uses(db.JoinedRow):
    file_id: uuid.UUID
    fetched: int


@dataclass(frozen=True)
class File:
    """One file with its newest version (a row of both), and how often it was fetched in all."""

    row: downloads.NewestFile
    fetched: int


def files_of(business_id: uuid.UUID, product_id: uuid.UUID) -> tuple[File, ...]:
    """The product's files in the order in which they were added.

    Raises:
        NotFound: there is no such product.
    """
    with db.reading(business_id):
        known = select(Product.id).where(Product.business_id == business_id, Product.id == product_id)
        if db.scalar(known) is None:
            raise NotFound("not_found", "There is no such product.")
        return _with_uses(downloads.newest(product_id))


def file_of(business_id: uuid.UUID, file_id: uuid.UUID) -> File:
    """One file.

    Raises:
        NotFound: there is no such file, or it was taken away.
    """
    table = db.table(DownloadFile)
    with db.reading(business_id):
        product_id = db.scalar(
            select(table.c.product_id).where(table.c.business_id == business_id, table.c.id == file_id)
        )
        found = [each for each in downloads.newest(product_id) if each.id == file_id] if product_id else []
        if not found:
            raise NotFound("not_found", "There is no such file.")
        return _with_uses(found)[0]


def _with_uses(rows: Sequence[downloads.NewestFile]) -> tuple[File, ...]:
    query = (
        select(uses.c.file_id, func.sum(uses.c.used).label("fetched"))
        .where(uses.c.business_id == db.here(), uses.c.file_id.in_([row.id for row in rows]))
        .group_by(uses.c.file_id)
    )
    fetched = {row.file_id: row.fetched for row in db.rows(db.select_as(_Uses, query))} if rows else {}
    return tuple(File(row, fetched.get(row.id, 0)) for row in rows)

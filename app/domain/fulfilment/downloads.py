"""Files that buyers may fetch, and how often they did. In the caller's phase or reading."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Mapped

from app.core import clock, db
from app.core.errors import Conflict
from app.core.ids import named
from app.domain.fulfilment.models import DownloadFile, DownloadRight, DownloadUse, DownloadVersion
from app.domain.fulfilment.rules import MAX_FILES

files = db.table(DownloadFile)
versions = db.table(DownloadVersion)
rights = db.table(DownloadRight)
uses = db.table(DownloadUse)

if TYPE_CHECKING:

    class NewestFile(DownloadFile):
        """A file with its newest version; `bytes` is the version's size."""

        version_id: Mapped[uuid.UUID]
        number: Mapped[int]
        name: Mapped[str]
        bytes: Mapped[int]
        uploaded_at: Mapped[datetime]

else:
    NewestFile = DownloadFile


def has_files(product_id: uuid.UUID, sku_id: uuid.UUID | None = None) -> bool:
    """Whether the product (or this SKU of it) has a file to fetch."""
    conditions = [files.c.business_id == db.here(), files.c.product_id == product_id, files.c.removed_at.is_(None)]
    if sku_id is not None:
        conditions.append(or_(files.c.sku_id.is_(None), files.c.sku_id == sku_id))
    return db.scalar(select(files.c.id).where(*conditions).limit(1)) is not None


def newest(product_id: uuid.UUID) -> Sequence[NewestFile]:
    """The product's files with their newest version, in the order in which they were added."""
    last = (
        select(versions.c.file_id, func.max(versions.c.number).label("number"))
        .join(files, (files.c.business_id == versions.c.business_id) & (files.c.id == versions.c.file_id))
        .where(versions.c.business_id == db.here(), files.c.product_id == product_id)
        .group_by(versions.c.file_id)
        .subquery()
    )
    query = (
        select(files, *_OF_VERSION)
        .join(versions, (versions.c.business_id == files.c.business_id) & (versions.c.file_id == files.c.id))
        .join(last, (last.c.file_id == versions.c.file_id) & (last.c.number == versions.c.number))
        .where(files.c.business_id == db.here(), files.c.product_id == product_id, files.c.removed_at.is_(None))
        .order_by(files.c.id)
        .limit(MAX_FILES)
    )
    return db.rows(db.select_as(NewestFile, query))


_OF_VERSION = (
    versions.c.id.label("version_id"),
    versions.c.number,
    versions.c.name,
    versions.c.bytes,
    versions.c.created_at.label("uploaded_at"),
)


def right_of(delivery_id: uuid.UUID) -> DownloadRight | None:
    """The buyer's right to download that this delivery gave."""
    return db.first(select(rights).where(rights.c.business_id == db.here(), rights.c.delivery_id == delivery_id))


def count(right: DownloadRight, file_id: uuid.UUID) -> None:
    """Count one more download of the file by this right.

    Raises:
        Conflict: it was fetched as often as was bought.
    """
    use_id = named(right.id, str(file_id))
    db.add_once(DownloadUse, id=use_id, right_id=right.id, file_id=file_id)
    once_more = update(DownloadUse).where(uses.c.business_id == db.here(), uses.c.id == use_id)
    if right.allowed is not None:
        once_more = once_more.where(uses.c.used < right.allowed)
    if not db.run(once_more.values(used=uses.c.used + 1, last_at=clock.now())):
        raise Conflict("download_limit", "The download limit for this file has been reached.")

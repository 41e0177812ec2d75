"""The files of a product that buyers download: added, replaced by a new version, taken away."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import IO, Any

from sqlalchemy import func, select, update

from app.core import clock, db
from app.core.errors import AppError, Conflict, Invalid
from app.core.files import store
from app.core.files.store import Kept
from app.core.ids import new_id
from app.domain.catalog.models import Product, Sku
from app.domain.catalog.states import ProductStatus
from app.domain.fulfilment import downloads
from app.domain.fulfilment.models import Delivery, DownloadFile, DownloadVersion
from app.domain.fulfilment.rules import MAX_FILE_VERSIONS, MAX_FILES, file_name
from app.domain.fulfilment.states import DeliveryStatus
from app.domain.orders.models import OrderLine
from app.workflow.steps.fulfilment.delivery_kinds import DOWNLOAD

MAX_BYTES = 512 * 1024 * 1024
_THERE = DownloadFile.removed_at.is_(None)


class FileTooLarge(AppError):
    """More bytes than a file may have."""

    http_status = 413


def add_file(
    business_id: uuid.UUID,
    product_id: uuid.UUID,
    content: IO[bytes],
    *,
    name: str,
    actor: str,
    sku_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Add a file for buyers of the product, or of one of its SKUs; the file's id. Orders that wait for it get it soon.

    Raises:
        NotFound: no such product, or it has no such SKU. Conflict: it is delivered another way, or has MAX_FILES.
        FileTooLarge: above MAX_BYTES. Invalid: it is empty. Unavailable: the files cannot be written.
    """
    with db.reading(business_id):
        _product(product_id, sku_id)
    kept, file_id = _put(business_id, content), new_id()
    with db.phase("manage_files.add", business_id):
        _product(product_id, sku_id, locked=True)
        if len(downloads.newest(product_id)) >= MAX_FILES:
            raise Conflict("too_many_files", f"A product can have at most {MAX_FILES} files.")
        db.add(DownloadFile, id=file_id, product_id=product_id, sku_id=sku_id)
        _add_version(file_id, 1, kept, name=name, actor=actor)
        _wake_waiting(product_id)
    return file_id


def add_version(business_id: uuid.UUID, file_id: uuid.UUID, content: IO[bytes], *, name: str, actor: str) -> int:
    """Add a newer version of the file; its number. Links that were made before keep their version.

    Raises:
        NotFound: no such file. Conflict: it has MAX_FILE_VERSIONS. FileTooLarge, Invalid, Unavailable: as `add_file`.
    """
    with db.reading(business_id):
        db.get(DownloadFile, file_id, _THERE)
    kept = _put(business_id, content)
    with db.phase("manage_files.add_version", business_id):
        db.lock(DownloadFile, file_id, _THERE)
        number = 1 + int(db.scalar(_last_number(file_id)))
        if number > MAX_FILE_VERSIONS:
            raise Conflict("too_many_files", f"A file can have at most {MAX_FILE_VERSIONS} versions.")
        _add_version(file_id, number, kept, name=name, actor=actor)
    return number


def remove_file(business_id: uuid.UUID, file_id: uuid.UUID) -> None:
    """Remove a file, also for buyers who have it.

    Raises:
        NotFound: no such file. Conflict: it is the last one of a product on sale.
    """
    with db.phase("manage_files.remove", business_id):
        file = db.lock(DownloadFile, file_id, _THERE)
        product = _product(file.product_id, None, locked=True)
        if product.status == ProductStatus.ON_SALE and len(downloads.newest(file.product_id)) == 1:
            raise Conflict("no_files", "This is the last file. Add another first, or take the product off sale.")
        db.write(db.change(DownloadFile, file_id, removed_at=clock.now()), expect=1)


def _put(business_id: uuid.UUID, content: IO[bytes]) -> Kept:
    key = store.new_key("downloads", business_id)
    try:
        kept = store.put(key, _limited(content))
    except FileTooLarge:
        store.delete(key)
        raise
    if not kept.bytes:
        store.delete(key)
        raise Invalid("invalid_file", "The file is empty.", details={"param": "file"})
    return kept


def _limited(content: IO[bytes]) -> Iterator[bytes]:
    length = 0
    while piece := content.read(store.CHUNK_BYTES):
        length += len(piece)
        if length > MAX_BYTES:
            raise FileTooLarge("file_too_large", f"A file can be at most {MAX_BYTES // 1024**2} MB.")
        yield piece


def _add_version(file_id: uuid.UUID, number: int, kept: Kept, *, name: str, actor: str) -> None:
    db.add(
        DownloadVersion,
        file_id=file_id,
        number=number,
        name=file_name(name),
        key=kept.key,
        bytes=kept.bytes,
        sha256=kept.sha256,
        actor=actor,
    )


def _last_number(file_id: uuid.UUID) -> Any:
    table = db.table(DownloadVersion)
    return select(func.coalesce(func.max(table.c.number), 0)).where(
        table.c.business_id == db.here(), table.c.file_id == file_id
    )


def _product(product_id: uuid.UUID, sku_id: uuid.UUID | None, *, locked: bool = False) -> Product:
    product = db.lock(Product, product_id) if locked else db.get(Product, product_id)
    if product.delivery_kind != DOWNLOAD:
        raise Conflict("other_delivery", "This product has another kind of deliverable.")
    if sku_id is not None:
        db.get(Sku, sku_id, Sku.product_id == product_id)
    return product


def _wake_waiting(product_id: uuid.UUID) -> None:
    """What waits for a file of this product is due now."""
    lines = select(OrderLine.id).where(OrderLine.business_id == db.here(), OrderLine.product_id == product_id)
    db.run(
        update(Delivery)
        .where(
            Delivery.business_id == db.here(),
            Delivery.status == DeliveryStatus.PENDING,
            Delivery.kind == DOWNLOAD,
            Delivery.line_id.in_(lines),
        )
        .values(next_attempt_at=func.least(Delivery.next_attempt_at, clock.now()))
    )

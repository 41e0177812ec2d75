"""Fetching a file that was bought: each link is counted when it is made, and then works for an hour, however often a
browser goes on where it stopped. A refund ends it at once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from app.core import clock, db, settings
from app.core.errors import NotFound
from app.core.i18n.marks import N_
from app.domain.fulfilment import downloads, rules
from app.domain.fulfilment.models import DownloadFile, DownloadRight, DownloadVersion

_PURPOSE = "a file that was bought"


@dataclass(frozen=True)
class Fetched:
    """What a link opens: where the file is kept, and what the buyer's browser is told of it."""

    key: str
    name: str
    bytes: int
    sha256: str


def make_link(business_id: uuid.UUID, buyer: str, right_id: uuid.UUID, file_id: uuid.UUID) -> str:
    """Count one more download of the file; the token of a link to its newest version.

    Raises:
        NotFound: it is not this buyer's, or not any more. Conflict: it was downloaded as often as was bought.
    """
    with db.phase("fetch_file.count", business_id):
        table = db.table(DownloadRight)
        right = db.first(select(table).where(table.c.business_id == business_id, table.c.id == right_id))
        if right is None or right.buyer_reference != buyer or not _refundable_lines(right):
            raise _gone()
        file = next((each for each in downloads.newest(right.product_id) if each.id == file_id), None)
        if file is None or file.sku_id not in (None, right.sku_id):
            raise _gone()
        downloads.count(right, file_id)
    until = clock.actual() + rules.DOWNLOAD_LINK_LASTS
    return _signer().dumps([business_id.hex, right_id.hex, file.version_id.hex, int(until.timestamp())])


def open_link(token: str) -> Fetched:
    """The file that the link opens.

    Raises:
        NotFound: it is no link of ours, it is over, or the goods were taken back.
    """
    try:
        business, right_hex, version_hex, expires = _signer().loads(token)
    except BadSignature:
        raise _gone() from None
    if expires <= clock.actual().timestamp():
        raise _gone()
    business_id = uuid.UUID(business)
    rights, versions, files = db.table(DownloadRight), db.table(DownloadVersion), db.table(DownloadFile)
    with db.reading(business_id):
        right = db.first(select(rights).where(rights.c.business_id == business_id, rights.c.id == uuid.UUID(right_hex)))
        version = db.first(
            select(versions)
            .join(files, (files.c.business_id == versions.c.business_id) & (files.c.id == versions.c.file_id))
            .where(
                versions.c.business_id == business_id,
                versions.c.id == uuid.UUID(version_hex),
                files.c.removed_at.is_(None),
            )
        )
        is_open = right is not None and _refundable_lines(right)
    if version is None or not is_open:
        raise _gone()
    return Fetched(version.key, version.name, version.bytes, version.sha256)


def _refundable_lines(right: DownloadRight) -> bool:
    return right.revoked_at is None and (right.ends_at is None or right.ends_at > clock.now())


def _gone() -> NotFound:
    return NotFound("not_found", N_("This link has expired. Please open your purchases page at the shop again."))


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings.current().secret_key, salt=_PURPOSE)

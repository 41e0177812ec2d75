"""What people keep of lists, and the files that were made of them."""

from __future__ import annotations

import uuid

from sqlalchemy import or_, select

from app.core import db, paging
from app.core.paging import After, newest_first
from app.domain.insights.lists.models import Export, ListColumns, SavedView

PAGE = 25
ViewRow = SavedView  # for those who show one
ExportRow = Export
views, chosen, exports = db.table(SavedView), db.table(ListColumns), db.table(Export)


def views_of(business_id: uuid.UUID, listing: str, user_id: uuid.UUID) -> list[SavedView]:
    """A person's own views of a list, then those that others share; by name."""
    conditions = views.c.user_id == user_id
    of_list = views.c.business_id == business_id, views.c.listing == listing, or_(conditions, views.c.shared)
    with db.reading(business_id):
        return list(
            db.rows(select(views).where(*of_list).order_by(conditions.is_(True).desc(), views.c.name).limit(100))
        )


def list_shared(business_id: uuid.UUID, listing: str, *, after: After, limit: int) -> list[SavedView]:
    """Views that everybody sees, of a list or (empty) of all, newest first, one more than `limit`."""
    shared = select(views).where(views.c.business_id == business_id, views.c.shared)
    shared = shared.where(views.c.listing == listing) if listing else shared
    with db.reading(business_id):
        return list(db.rows(newest_first(shared, views, after, limit)))


def get_shared(business_id: uuid.UUID, view_id: uuid.UUID) -> SavedView:
    """A view that everybody sees.

    Raises:
        NotFound: there is none, or somebody keeps it for themselves.
    """
    with db.reading(business_id):
        return db.get(SavedView, view_id, views.c.shared.is_(True))


def columns_of(business_id: uuid.UUID, listing: str, user_id: uuid.UUID) -> tuple[str, ...]:
    """The columns that a person chose for a list; none when nothing was chosen."""
    conditions = chosen.c.business_id == business_id, chosen.c.user_id == user_id, chosen.c.listing == listing
    with db.reading(business_id):
        return tuple(db.scalar(select(chosen.c.columns).where(*conditions)) or ())


def list_exports(business_id: uuid.UUID, holder: str, *, after: After, limit: int) -> list[Export]:
    """The files that were made, or are being made, for this person or key, newest first, one more than `limit`."""
    query = select(exports).where(exports.c.business_id == business_id, exports.c.holder == holder)
    with db.reading(business_id):
        return list(db.rows(newest_first(query, exports, after, limit)))


def page_of_exports(business_id: uuid.UUID, holder: str, *, cursor: str) -> paging.Page[Export]:
    """A page of the portal's list."""
    found = list_exports(business_id, holder, after=paging.key_of(cursor), limit=PAGE)
    shown, next_cursor = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), next_cursor)


def get_export(business_id: uuid.UUID, export_id: uuid.UUID, holder: str) -> Export:
    """One export of this person or key.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    with db.reading(business_id):
        return db.get(Export, export_id, exports.c.holder == holder)

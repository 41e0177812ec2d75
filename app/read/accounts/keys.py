"""The business's API keys; of those for servers only what they can be recognised by is kept."""

from __future__ import annotations

import uuid
from typing import Literal

from sqlalchemy import select

from app.core import clock, db, ids, paging
from app.core.paging import After, newest_first
from app.domain.accounts.business.models import ApiKey

KeyRow = ApiKey  # for those who show one
MAX_ROWS = 200  # in use at once (workflow/accounts/manage_keys.py)
PAGE = 50  # of those that were revoked
Standing = Literal["active", "ending", "expired", "revoked"]
table = db.table(ApiKey)


def list_keys(business_id: uuid.UUID) -> tuple[ApiKey, ...]:
    """Keys, those in use first, then the newest first."""
    query = select(table).where(table.c.business_id == business_id)
    with db.reading(business_id):
        return tuple(db.rows(query.order_by(table.c.revoked, table.c.created_at.desc()).limit(MAX_ROWS)))


def shown_keys(business_id: uuid.UUID, *, cursor: str) -> paging.Page[ApiKey]:
    """A page of the portal's list: keys in use, then those that were revoked; each the newest first."""
    of_business = select(table).where(table.c.business_id == business_id)
    revoked = paging.newest_first(of_business.where(table.c.revoked), table, paging.key_of(cursor), PAGE)
    in_use = of_business.where(~table.c.revoked).order_by(table.c.created_at.desc(), table.c.id.desc())
    with db.reading(business_id):
        first = () if cursor else tuple(db.rows(in_use.limit(MAX_ROWS)))
        shown, following = paging.cut(db.rows(revoked), PAGE)
    return paging.Page((*first, *shown), following)


def page_of_keys(business_id: uuid.UUID, *, after: After, limit: int) -> list[ApiKey]:
    """Every key, newest first, one more than `limit`."""
    with db.reading(business_id):
        statement = select(table).where(table.c.business_id == business_id)
        return list(db.rows(newest_first(statement, table, after, limit)))


def get_key(business_id: uuid.UUID, key_id: uuid.UUID) -> ApiKey:
    """One key.

    Raises:
        NotFound: there is none.
    """
    with db.reading(business_id):
        return db.get(ApiKey, key_id)


def standing(key: ApiKey) -> Standing:
    """Whether the key counts; `ending` when it was replaced and counts a little longer."""
    if key.revoked:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= clock.actual():
        return "expired"
    return "active" if key.replaced_by is None else "ending"


def publishable_key(business_id: uuid.UUID) -> str | None:
    """The newest publishable key whose text is known; it may stand in any page."""
    usable = (table.c.business_id == business_id, ~table.c.revoked, table.c.public_text.isnot(None))
    counts = table.c.expires_at.is_(None) | (table.c.expires_at > clock.actual())
    with db.reading(business_id):
        found: str | None = db.scalar(
            select(table.c.public_text).where(*usable, counts).order_by(table.c.created_at.desc()).limit(1)
        )
    return found


def key_names(business_id: uuid.UUID) -> dict[str, str]:
    """The names of keys by how histories call those who used them."""
    return {f"key:{ids.show('key', key.id)}": key.name for key in list_keys(business_id)}

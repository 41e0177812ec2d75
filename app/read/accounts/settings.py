"""The settings of a business as they are, and the versions that led there."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core import db, paging
from app.core.errors import NotFound
from app.core.paging import Key
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.settings.declared import BY_KEY
from app.domain.accounts.business.settings.models import SettingsVersion
from app.domain.accounts.business.settings.types import Value

PAGE = 50
VersionRow = SettingsVersion
versions = db.table(SettingsVersion)


@dataclass(frozen=True)
class Settings:
    """Values by key, and the number of the version in force; 0 before the first change."""

    business_id: uuid.UUID
    mode: str
    values: Mapping[str, Value]
    version: int


def settings(business_id: uuid.UUID) -> Settings:
    """What is in force for the business."""
    businesses = db.table(Business)
    with db.reading(business_id):
        row = db.first(select(businesses).where(businesses.c.id == business_id))
        newest = db.scalar(select(func.max(versions.c.number)).where(versions.c.business_id == business_id))
    if row is None:
        raise NotFound("not_found", "There is no such business.")
    return Settings(row.id, row.mode, {key: _here(key, getattr(row, key)) for key in BY_KEY}, int(newest or 0))


def _here(key: str, value: Value) -> Value:
    """What counts: a number that was chosen before the operator set narrower bounds is the nearest within them."""
    setting = BY_KEY[key]
    if setting.now is None or not isinstance(value, int):
        return value
    return min(max(value, setting.here.least), setting.here.most)


def refund_reasons(business_id: uuid.UUID) -> list[str]:
    """The reasons that whoever refunds chooses from; none for any."""
    with db.reading(business_id):
        return list(db.scalar(select(Business.refund_reasons).where(Business.id == business_id)) or [])


def page_of_versions(business_id: uuid.UUID, *, cursor: str) -> paging.Page[SettingsVersion]:
    """A page of the portal's history, the newest first."""
    query = select(versions).where(versions.c.business_id == business_id)
    with db.reading(business_id):
        found = db.rows(paging.newest_first(query, versions, paging.key_of(cursor), PAGE))
    shown, following = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), following)


def list_versions(business_id: uuid.UUID, *, after: Key | None, limit: int) -> Sequence[SettingsVersion]:
    """Versions, the newest first, and one more than `limit`."""
    query = select(versions).where(versions.c.business_id == business_id)
    with db.reading(business_id):
        return db.rows(paging.in_order(query, versions.c.created_at, versions.c.id, after, limit + 1))


def version(business_id: uuid.UUID, version_id: uuid.UUID) -> SettingsVersion:
    """One version.

    Raises:
        NotFound: there is no such version.
    """
    with db.reading(business_id):
        found = db.first(select(versions).where(versions.c.business_id == business_id, versions.c.id == version_id))
    if found is None:
        raise NotFound("not_found", "There is no such version.")
    return found

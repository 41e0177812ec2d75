"""What buyers know a business by."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.domain.accounts.business.brand import LOGO, Logo, logo_of
from app.domain.accounts.business.models import Business


@dataclass(frozen=True)
class Brand:
    """Name, logo, where buyers write to, and where the shop is."""

    name: str
    contact_email: str | None
    website: str | None
    logo: Logo | None


class _Row(db.JoinedRow):
    name: str
    contact_email: str | None
    website: str | None
    logo_key: str | None
    logo_widths: list[int]
    logo_height: int


def brand(business_id: uuid.UUID) -> Brand:
    """The brand of a business."""
    with db.reading(business_id):
        columns = (Business.name, Business.contact_email, Business.website, *LOGO)
        row = db.first(db.select_as(_Row, select(*columns)).where(Business.id == business_id))
    assert row is not None
    return Brand(row.name, row.contact_email, row.website, logo_of(row))


@dataclass(frozen=True)
class Shop:
    """What a page around the checkout shows of a business."""

    name: str
    mode: str
    logo: Logo | None


class _Shop(_Row):
    mode: str


def shop_of(business_id: uuid.UUID) -> Shop:
    """Name, mode and logo of a business.

    Raises:
        NotFound: there is no such business.
    """
    with db.reading(business_id):
        columns = (Business.name, Business.contact_email, Business.website, Business.mode, *LOGO)
        row = db.first(db.select_as(_Shop, select(*columns)).where(Business.id == business_id))
    if row is None:
        raise NotFound("not_found", "There is no such shop.")
    return Shop(row.name, row.mode, logo_of(row))

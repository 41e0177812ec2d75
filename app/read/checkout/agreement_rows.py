"""What rows have that are read about agreements."""

from __future__ import annotations

import uuid
from datetime import datetime

from app.core import db


class VersionHead(db.JoinedRow):
    """A published version without its text."""

    business_id: uuid.UUID
    id: uuid.UUID
    created_at: datetime
    template_id: uuid.UUID
    code: str
    locale: str
    revision: int
    title: str
    text_hash: str
    current: bool
    published_by: str


class ProductName(db.JoinedRow):
    """A product by its name."""

    id: uuid.UUID
    name: str


class AskedProduct(ProductName):
    """A product whose buyers are asked for an agreement."""

    template_id: uuid.UUID

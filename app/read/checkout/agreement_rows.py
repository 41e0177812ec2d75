"""What rows have that are read about agreements."""

from __future__ import annotations

import uuid
from datetime import datetime

from app.core import db
from app.read.named_row import NamedRow


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


class AskedProduct(NamedRow):
    """A product whose buyers are asked for an agreement."""

    template_id: uuid.UUID


class ProductCount(db.JoinedRow):
    """Of how many products buyers are asked for an agreement."""

    template_id: uuid.UUID
    products: int

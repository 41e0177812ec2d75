"""Sellers, made quickly."""

from __future__ import annotations

import uuid

from app.core.ids import show
from app.workflow.catalog.manage_sellers import SellerCommand, create_seller


def make_seller(business_id: uuid.UUID, name: str, reference: str | None = None) -> str:
    """A new seller's id as shown."""
    command = SellerCommand(name=name, reference=reference)
    return show("sel", create_seller(business_id, command, actor="test"))

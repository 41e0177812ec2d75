"""Checkout configurations, and pages that sell by them."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import update

from app.core import db
from app.domain.accounts.business.models import Business
from app.domain.orders.types import OrderItem, SessionTerms
from app.workflow.checkout.manage_configurations import ConfigurationCommand, create_configuration
from tests.factories.shop import Shop

PAGE = "https://shop.example"


def make_configuration(shop: Shop, *, quantity: int = 1, terms: SessionTerms | None = None, **more: Any) -> uuid.UUID:
    """The id of a new configuration for the shop's only SKU."""
    items = more.pop("items", [OrderItem(shop.sku_id, quantity)])
    command = ConfigurationCommand(name="Button", items=items, terms=terms or SessionTerms(), **more)
    return create_configuration(shop.business_id, command)


def let_in(business_id: uuid.UUID, *origins: str) -> None:
    """Let pages of these origins show the business's checkout."""
    with db.system_phase("test.origins"):
        db.run(update(Business).where(Business.id == business_id).values(allowed_origins=list(origins)))

"""Cases, as use cases open them."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from app.core import db
from app.core.ids import new_id
from app.core.money import Money
from app.domain.reconciliation import service
from app.domain.reconciliation.models import Case
from tests.factories.shop import Shop


def open_case(
    shop: Shop,
    kind: str = "late_payment",
    subject_id: uuid.UUID | None = None,
    details: dict[str, Any] | None = None,
) -> uuid.UUID:
    """A case that somebody opened; its id."""
    about = subject_id or new_id()
    with db.phase("test.open_case", shop.business_id):
        service.open_case(kind, subject_id=about, order_id=None, details=details or {}, money=Money(500, "USD"))
    return uuid.UUID(str(shop.one(select(Case.id).where(Case.kind == kind, Case.subject_id == about)).id))

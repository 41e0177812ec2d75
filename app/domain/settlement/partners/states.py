"""The edges of partners."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.settlement.partners.models import Partner


class PartnerStatus(StrEnum):
    """Where a partner stands."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class PartnerKind(StrEnum):
    """What a partner is to the business."""

    PLATFORM = "platform"
    SELLER = "seller"
    AUTHOR = "author"
    AFFILIATE = "affiliate"
    TAX = "tax"
    OTHER = "other"


PARTNER = Machine(
    name="partner",
    model=Partner,
    initial=PartnerStatus.ACTIVE,
    edges={
        (PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED): "partner.suspended",
        (PartnerStatus.SUSPENDED, PartnerStatus.ACTIVE): "partner.resumed",
        (PartnerStatus.ACTIVE, PartnerStatus.CLOSED): "partner.closed",
        (PartnerStatus.SUSPENDED, PartnerStatus.CLOSED): "partner.closed",
    },
)

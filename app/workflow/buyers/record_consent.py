"""What a buyer agreed to, or took back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from app.core import db
from app.core.ids import new_id
from app.domain.buyers import service
from app.domain.buyers.models import Buyer, BuyerConsent


def record_consent(
    business_id: uuid.UUID,
    buyer_id: uuid.UUID,
    *,
    kind: str,
    granted: bool,
    source: str,
    evidence: Mapping[str, str],
    consent_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Keep that the buyer agreed to `kind` (such as `marketing_email`), or took it back, and how it is known; its id.
    The youngest of a kind is in force. The same id again changes nothing.

    Raises:
        NotFound: no such buyer. BuyerGone: they were merged or erased.
    """
    consent_id = consent_id or new_id()
    with db.phase("record_consent.add", business_id):
        service.check_active(db.lock(Buyer, buyer_id))
        db.add_once(
            BuyerConsent,
            id=consent_id,
            buyer_id=buyer_id,
            kind=kind,
            granted=granted,
            source=source,
            evidence=dict(evidence),
        )
    return consent_id

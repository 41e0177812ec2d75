"""Reading partners, in the caller's phase."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy import select

from app.core import db
from app.domain.settlement.partners.models import Partner
from app.domain.settlement.partners.states import PartnerKind

partners = db.table(Partner)


def payee_context(partner_id: uuid.UUID) -> str:
    """What the sealed account number of a partner is bound to."""
    return f"partners/{partner_id}/payee_account"


def account_kind(kind: str) -> str:
    """The kind of ledger account that a partner of this kind has its money on."""
    return "platform_revenue" if kind == PartnerKind.PLATFORM else "partner"


def account_kinds(parties: Collection[str]) -> dict[str, str]:
    """The kind of ledger account of each of these partners, by id as text."""
    wanted = [uuid.UUID(each) for each in parties]
    found = select(partners.c.id, partners.c.kind).where(partners.c.business_id == db.here(), partners.c.id.in_(wanted))
    return {str(row.id): account_kind(row.kind) for row in db.rows(found.order_by(partners.c.id))}


def partners_of_sellers(seller_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The partner that each seller leads to, by id as text; sellers without one are left out."""
    found = select(partners.c.id, partners.c.seller_id).where(
        partners.c.business_id == db.here(), partners.c.seller_id.in_(seller_ids)
    )
    return {row.seller_id: str(row.id) for row in db.rows(found)}

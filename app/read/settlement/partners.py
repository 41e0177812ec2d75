"""Partners: one, with what it is owed, and those to choose from."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select

from app.core import db, ids
from app.core.paging import After, newest_first
from app.domain.catalog.sellers.models import Seller
from app.domain.ledger.models import LedgerAccount, LedgerEntry
from app.domain.settlement.partners.models import Partner
from app.domain.settlement.partners.states import PartnerStatus

PartnerRow = Partner  # for those who show one
MAX_CHOICES = 500
partners, sellers = db.table(Partner), db.table(Seller)
accounts, entries = db.table(LedgerAccount), db.table(LedgerEntry)
OWED_ON = ("partner", "platform_revenue")


@dataclass(frozen=True)
class Owed:
    """What the ledger owes a partner in one currency, in minor units; below zero, what the partner owes."""

    currency: str
    minor: int


@dataclass(frozen=True)
class PartnerPage:
    """A partner with what it is owed, and the name of its seller, if it has one."""

    row: Partner
    owed: tuple[Owed, ...]
    seller_name: str | None


def get_partner(business_id: uuid.UUID, partner_id: uuid.UUID) -> Partner:
    """One partner.

    Raises:
        NotFound: the business has no such partner.
    """
    with db.reading(business_id):
        return db.get(Partner, partner_id)


def partner_page(business_id: uuid.UUID, partner_id: uuid.UUID) -> PartnerPage:
    """One partner with what it is owed. Raises as `get_partner` does."""
    with db.reading(business_id):
        row = db.get(Partner, partner_id)
        seller = db.get(Seller, row.seller_id) if row.seller_id else None
        owed = owed_to(business_id, [partner_id]).get(partner_id, ())
    return PartnerPage(row, owed, seller.name if seller else None)


def owed_to(business_id: uuid.UUID, partner_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[Owed, ...]]:
    """What the ledger owes these partners by currency, in the open reading; partners without a posting are left out."""
    owners = [str(each) for each in partner_ids]
    found = db.rows(
        select(accounts.c.owner, accounts.c.currency, (-func.sum(entries.c.amount_minor)).label("minor"))
        .join(
            entries,
            and_(
                entries.c.business_id == accounts.c.business_id,
                entries.c.account_id == accounts.c.id,
                entries.c.layer == "posted",
            ),
        )
        .where(accounts.c.business_id == business_id, accounts.c.kind.in_(OWED_ON), accounts.c.owner.in_(owners))
        .group_by(accounts.c.owner, accounts.c.currency)
        .order_by(accounts.c.owner, accounts.c.currency)
    )
    sums: dict[uuid.UUID, tuple[Owed, ...]] = {}
    for row in found:
        partner_id = uuid.UUID(row.owner)
        sums[partner_id] = (*sums.get(partner_id, ()), Owed(row.currency, int(row.minor)))
    return sums


def list_partners(
    business_id: uuid.UUID, *, status: str | None, reference: str | None, after: After, limit: int
) -> Sequence[Partner]:
    """Partners, newest first, one more than `limit`."""
    query = select(partners).where(partners.c.business_id == business_id)
    query = query if status is None else query.where(partners.c.status == status)
    query = query if reference is None else query.where(partners.c.reference == reference)
    with db.reading(business_id):
        return db.rows(newest_first(query, partners, after, limit))


def partner_names(business_id: uuid.UUID, parties: Sequence[str]) -> dict[str, str]:
    """What partners are called, by id as text, in the open reading."""
    wanted = [uuid.UUID(each) for each in parties]
    found = db.rows(
        select(partners.c.id, partners.c.name).where(partners.c.business_id == business_id, partners.c.id.in_(wanted))
    )
    return {str(row.id): row.name for row in found}


def partner_choices(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    """Partners that a rule may name as (id as shown, name), by name; MAX_CHOICES at most."""
    query = select(partners).where(partners.c.business_id == business_id, partners.c.status != PartnerStatus.CLOSED)
    with db.reading(business_id):
        found = db.rows(query.order_by(partners.c.name, partners.c.id).limit(MAX_CHOICES))
    return [(ids.show("par", row.id), row.name) for row in found]

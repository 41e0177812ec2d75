"""Whose membership is renewed by a contract."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, tuple_

from app.core import db
from app.domain.catalog.models import Sku
from app.domain.fulfilment.members import Pair
from app.domain.signing.models import Contract
from app.domain.signing.states import ContractStatus

contracts, skus = db.table(Contract), db.table(Sku)


def renewing(pairs: Sequence[Pair]) -> frozenset[Pair]:
    """Those of these buyers and products that a running contract, paid so far, renews when its period ends."""
    if not pairs:
        return frozenset()
    rows = db.rows(
        select(contracts.c.buyer_reference, skus.c.product_id)
        .join(skus, (skus.c.business_id == contracts.c.business_id) & (skus.c.id == contracts.c.sku_id))
        .where(
            contracts.c.business_id == db.here(),
            contracts.c.status.in_((ContractStatus.TRIALING, ContractStatus.ACTIVE)),
            contracts.c.next_due_at.is_not(None),
            tuple_(contracts.c.buyer_reference, skus.c.product_id).in_(list(pairs)),
        )
    )
    return frozenset((row.buyer_reference, row.product_id) for row in rows)

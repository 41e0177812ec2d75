"""Disputes: a list, one, and those of an order."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Mapped

from app.core import db, paging
from app.core.errors import NotFound
from app.core.paging import Key
from app.domain.payments.disputes.models import Dispute
from app.domain.payments.models import ChannelAccount

if TYPE_CHECKING:

    class DisputeRow(Dispute):
        """A dispute with the channel and the name of its account."""

        channel: Mapped[str]
        account_name: Mapped[str]

else:
    DisputeRow = Dispute

PAGE, OF_ORDER = 50, 20
disputes, accounts = db.table(Dispute), db.table(ChannelAccount)


def list_disputes(
    business_id: uuid.UUID,
    *,
    status: str = "",
    order_id: uuid.UUID | None = None,
    after: Key | None = None,
    limit: int = PAGE,
) -> Sequence[DisputeRow]:
    """Disputes in this state (all when empty), the newest first, and one more than `limit`."""
    query = _disputes(business_id)
    if status:
        query = query.where(disputes.c.status == status)
    if order_id is not None:
        query = query.where(disputes.c.order_id == order_id)
    with db.reading(business_id):
        return db.rows(paging.in_order(query, disputes.c.created_at, disputes.c.id, after, limit + 1))


def get_dispute(business_id: uuid.UUID, dispute_id: uuid.UUID) -> DisputeRow:
    """One dispute.

    Raises:
        NotFound: there is no such dispute.
    """
    with db.reading(business_id):
        found = db.first(_disputes(business_id).where(disputes.c.id == dispute_id))
    if found is None:
        raise NotFound("not_found", "There is no such dispute.")
    return found


def _disputes(business_id: uuid.UUID) -> Select[DisputeRow]:
    return (
        db.select_as(DisputeRow, select(disputes, accounts.c.channel, accounts.c.name.label("account_name")))
        .join(
            accounts,
            and_(accounts.c.business_id == disputes.c.business_id, accounts.c.id == disputes.c.channel_account_id),
        )
        .where(disputes.c.business_id == business_id)
    )

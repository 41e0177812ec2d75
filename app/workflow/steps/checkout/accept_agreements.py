"""A buyer accepts texts with an order: which version, in which language, when and from where is kept as evidence."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from app.core import db
from app.domain.checkout.agreements import queries
from app.domain.checkout.agreements.errors import AgreementNeeded
from app.domain.checkout.agreements.models import Agreement
from app.domain.orders.models import AgreementAcceptance


def accept_agreements(
    order_id: uuid.UUID,
    accepted: Sequence[tuple[uuid.UUID, str]],
    *,
    product_ids: Collection[uuid.UUID],
    buyer_ip: str | None,
) -> None:
    """Keep, in the caller's phase, what the buyer accepted: (id, text hash) as they were shown.

    Raises:
        AgreementNeeded: the current version of a text that these products ask for is not among them.
    """
    given = dict(accepted)
    by_code: dict[str, list[Agreement]] = {}
    for text in queries.asked_for(product_ids):
        by_code.setdefault(text.code, []).append(text)
    for texts in by_code.values():
        agreed = next((text for text in texts if given.get(text.id) == text.text_hash), None)
        if agreed is None:
            raise AgreementNeeded(
                "agreement_required", f"Please accept “{texts[0].title}”.", details={"param": "agreements"}
            )
        db.add(
            AgreementAcceptance,
            order_id=order_id,
            agreement_id=agreed.id,
            text_hash=agreed.text_hash,
            locale=agreed.locale,
            buyer_ip=buyer_ip,
        )

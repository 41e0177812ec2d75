"""What joined rows of payment attempts have: for type checkers, a model with more columns."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Mapped

from app.domain.payments.models import PaymentAttempt

if TYPE_CHECKING:

    class FullAttempt(PaymentAttempt):
        """A row of an attempt with what its transaction says."""

        order_id: Mapped[uuid.UUID | None]
        charge_attempt_id: Mapped[uuid.UUID | None]
        transaction_status: Mapped[str]
        transaction_version: Mapped[int]
        transaction_reason: Mapped[str]
        buyer_reference: Mapped[str | None]
        partner_id: Mapped[uuid.UUID | None]
        counter_reference: Mapped[str | None]
        payee: Mapped[dict[str, Any]]

    class PaidAttempt(PaymentAttempt):
        """A row of an attempt whose money is an order's, with what of it went back or is on its way."""

        returned_minor: Mapped[int]

else:
    FullAttempt = PaidAttempt = PaymentAttempt

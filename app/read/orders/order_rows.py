"""What rows have that hang on an order: for type checkers, models with more columns."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Mapped

from app.domain.fulfilment.models import Delivery
from app.domain.orders.models import AgreementAcceptance, Order, OrderLine
from app.domain.payments.models import PaymentAttempt
from app.domain.webhooks.models import WebhookDelivery

if TYPE_CHECKING:

    class LineRow(OrderLine):
        """A line with its part, its delivery, if that was begun, and what went back of it or is on its way."""

        split_by: Mapped[str]
        split_value: Mapped[str]
        delivery_status: Mapped[str | None]
        refunded_minor: Mapped[Decimal]
        refunded_quantity: Mapped[int]

    class ChargeRow(PaymentAttempt):
        """A try to pay an order, with what of it was refunded; `is_share`: it came from a wallet beside another."""

        order_id: Mapped[uuid.UUID]
        returned_minor: Mapped[Decimal]
        is_share: Mapped[bool]

    class DeliveryRow(Delivery):
        """A delivery with what it gave: an entitlement, credit, or files that were `fetched` so often."""

        entitlement_id: Mapped[uuid.UUID | None]
        entitlement_status: Mapped[str | None]
        starts_at: Mapped[datetime | None]
        ends_at: Mapped[datetime | None]
        level: Mapped[str | None]
        granted: Mapped[int | None]
        currency: Mapped[str | None]
        clawed_back: Mapped[int | None]
        owed: Mapped[int | None]
        written_off: Mapped[int | None]
        revoked_at: Mapped[datetime | None]
        fetched: Mapped[int | None]

    class AcceptanceRow(AgreementAcceptance):
        """An acceptance with the version that was accepted."""

        title: Mapped[str]
        revision: Mapped[int]
        code: Mapped[str]

    class WebhookRow(WebhookDelivery):
        """A delivery of an event with the address of its endpoint."""

        url: Mapped[str]

    class SoldOrder(Order):
        """An order with what its buyer knows the business by."""

        merchant: Mapped[str]
        mode: Mapped[str]
        time_zone: Mapped[str]
        logo_key: Mapped[str | None]
        logo_widths: Mapped[list[Any]]
        logo_height: Mapped[int]
        languages: Mapped[list[str]]
        company_receipts: Mapped[bool]
        company_receipt_days: Mapped[int]

else:
    LineRow, ChargeRow, DeliveryRow = OrderLine, PaymentAttempt, Delivery
    AcceptanceRow, WebhookRow, SoldOrder = AgreementAcceptance, WebhookDelivery, Order

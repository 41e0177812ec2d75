"""A checkout session as its snapshot is made of: with its business, its configuration and its order."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Mapped

from app.domain.orders.models import CheckoutSession

if TYPE_CHECKING:

    class SessionRow(CheckoutSession):
        """The columns of a session, and those that are read with them; `order_*` are None without an order."""

        business_name: Mapped[str]
        mode: Mapped[str]
        business_appearance: Mapped[dict[str, Any]]
        website: Mapped[str | None]
        languages: Mapped[list[str]]
        logo_key: Mapped[str | None]
        logo_widths: Mapped[list[int] | None]
        logo_height: Mapped[int | None]
        configuration_appearance: Mapped[dict[str, Any] | None]
        order_number: Mapped[str | None]
        order_status: Mapped[str | None]
        order_version: Mapped[int | None]
        close_reason: Mapped[str | None]
        order_channels: Mapped[list[str] | None]
        order_expires_at: Mapped[datetime | None]

else:
    SessionRow = CheckoutSession

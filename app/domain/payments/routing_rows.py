"""What rows of channel accounts have that routing reads: for type checkers, a model with more columns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Mapped

from app.domain.payments.models import ChannelAccount

if TYPE_CHECKING:

    class LimitedAccount(ChannelAccount):
        """An account with the day on which an attempt of now counts there; None without a daily limit."""

        limit_day: Mapped[date | None]

    class RoutingFacts(LimitedAccount):
        """An account with its business's mode and zone, its terms in one currency (None without any), what it took
        today, and the business's routing rules and rule sets of risk, the same in each row, as JSON."""

        mode: Mapped[str]
        standing: Mapped[str | None]
        time_zone: Mapped[str]
        return_origins: Mapped[list[str]]
        min_minor: Mapped[int | None]
        max_minor: Mapped[int | None]
        daily_minor: Mapped[int | None]
        fee_bps: Mapped[int | None]
        fee_fixed_minor: Mapped[int | None]
        used_minor: Mapped[Decimal]
        rules: Mapped[list[dict[str, Any]] | None]
        # Rule sets of risk that are tried; None: the business has none.
        risk_sets: Mapped[list[Any] | None]

else:
    LimitedAccount = RoutingFacts = ChannelAccount

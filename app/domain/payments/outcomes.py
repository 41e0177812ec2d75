"""What came of asking a company, and what went over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.core.money import Money

Status = Literal["pending", "succeeded", "failed", "cancelled", "returned", "unknown", "absent", "unsent"]
Settings = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer as they went over the wire, secrets masked."""

    operation: str
    method: str
    url: str
    request: str
    response: str
    http_status: int | None
    duration_ms: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the company says of one payment, refund or payout. `unknown`: no usable answer; `absent`: it has never
    heard of our reference; `returned`: paid out and sent back; `unsent` (not for channels to say): not sent for sure.
    `action` tells the buyer's browser what to do next, such as `{"type": "redirect", "url": …}`."""

    status: Status
    amount: Money | None = None
    channel_ref: str | None = None
    action: dict[str, Any] | None = None
    decline_code: str | None = None
    message: str | None = None
    # What the company calls the payer's card or account, the same whenever it is used; None where it does not say.
    means: str | None = None
    exchanges: list[Exchange] = field(default_factory=list)

"""Channels whose companies hand out the keys that prove what they say."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from app.domain.payments.channels.types import Settings


@runtime_checkable
class Learns(Protocol):
    """The part of a channel that fetches its company's keys. What it learned is kept with the account, and comes back
    among its settings."""

    def learn(self, settings: Settings) -> bool:
        """Ask the company for its keys now; whether it gave any that was not known."""
        ...

    def learned(self, settings: Settings) -> dict[str, str] | None:
        """Settings to keep with the account: what this process learned and they do not say yet. None when nothing."""
        ...

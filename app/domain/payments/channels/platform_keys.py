"""Channels whose companies hand out the keys that prove what they say."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from app.domain.payments.channels.types import Settings


@runtime_checkable
class FetchesKeys(Protocol):
    """The part of a channel that fetches its company's keys. What it fetched is kept with the account, and comes back
    among its settings."""

    def fetch_keys(self, settings: Settings) -> bool:
        """Ask the company for its keys now; whether it gave any that was not known."""
        ...

    def fetched_keys(self, settings: Settings) -> dict[str, str] | None:
        """What this process fetched and the settings do not contain yet, to store with the account; else None."""
        ...

"""Every way in which the company can misbehave, again and again."""

from __future__ import annotations

import random
from typing import Any

import httpx

ANSWERS = (
    ("delay", "0.2"),
    ("drop", None),
    ("timeout_before", "1.5"),
    ("timeout_after", "1.5"),
    ("http_500", None),
    ("http_500", "after"),
    ("garbage", "html"),
    ("garbage", "truncated"),
    ("garbage", "empty"),
    ("garbage", "array"),
    ("garbage", "redirect"),
    ("wrong_amount", "1"),
    ("wrong_currency", "EUR"),
)
CLOSING = tuple(each for each in ANSWERS if not each[0].startswith("wrong"))
NOTICES = (
    ("delay", "0.5"),
    ("drop", None),
    ("duplicate", "4"),
    ("reorder", "1"),
    ("forge", None),
    ("stale", "600"),
    ("garbage", "html"),
    ("garbage", "duplicate_keys"),
    ("garbage", "float_amount"),
    ("garbage", "not_utf8"),
    ("wrong_amount", "1"),
    ("wrong_currency", "EUR"),
    ("wrong_merchant", None),
)
SCRIPTS: tuple[tuple[str, str, str | None], ...] = (
    *(("create", *each) for each in (*ANSWERS, ("decline", "channel_closed"))),
    *(("query", *each) for each in ANSWERS),
    *(("close", *each) for each in CLOSING),
    *(("refund", *each) for each in (*ANSWERS, ("decline", "account_closed"), ("pending", "1"))),
    *(("query_refund", *each) for each in ANSWERS),
    *(("notice", *each) for each in NOTICES),
)


class Weather:
    """Scripts at the company, for one call each. All have had their turn before one comes again."""

    def __init__(self, simulator: str, seed: int) -> None:
        self.client = httpx.Client(base_url=f"{simulator}/admin", timeout=30)
        self.random = random.Random(seed)
        self.waiting: list[tuple[str, str, str | None]] = []

    def turn(self) -> None:
        """One more thing will go wrong."""
        if not self.waiting:
            self.waiting = self.random.sample(SCRIPTS, len(SCRIPTS))
        operation, behavior, value = self.waiting.pop()
        body: dict[str, Any] = {"operation": operation, "behavior": behavior, "times": 1}
        self.client.post("scripts", json=body | ({"value": value} if value else {})).raise_for_status()

    def unused(self) -> int:
        """How much that was to go wrong has not yet."""
        return sum(not each["used"] for each in self._listed())

    def clear(self) -> set[tuple[str, str]]:
        """Good weather again; what went wrong meanwhile, as (operation, behavior)."""
        listed = self._listed()
        self.client.delete("scripts").raise_for_status()
        return {(each["operation"], each["behavior"]) for each in listed if each["used"]}

    def _listed(self) -> list[dict[str, Any]]:
        return list(self.client.get("scripts").raise_for_status().json()["data"])


def every() -> set[tuple[str, str]]:
    """All that can go wrong, as (operation, behavior)."""
    return {(operation, behavior) for operation, behavior, _ in SCRIPTS}

"""The cart tester's state, all of it in the address."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import request

from app.core import ids
from app.read.marketing.cart_tester import Trial

ROWS, MAX_COUNT = 4, 20


@dataclass(frozen=True)
class TesterState:
    """What the address asks for; `rows` are (SKU as shown, quantity as typed), as many as the form has."""

    rows: tuple[tuple[str, str], ...]
    groups: str
    channel: str
    is_first_purchase: bool
    with_drafts: bool
    codes: str
    buyer: str

    @classmethod
    def from_request(cls) -> TesterState:
        """The state in the address."""
        args = request.args
        numbers = range(1, MAX_COUNT + 1)
        typed = [(args.get(f"sku{number}", "")[:40], args.get(f"quantity{number}", "1")[:6]) for number in numbers]
        rows = [(sku, quantity) for sku, quantity in typed if sku]
        empty = [("", "1")] * max(1 if len(rows) < MAX_COUNT else 0, ROWS - len(rows))
        groups = args.get("groups", "")[:200]
        channel = args.get("channel", "")[:40]
        codes, buyer = args.get("codes", "")[:400], args.get("buyer", "").strip()[:120]
        is_first, with_drafts = args.get("first") == "1", args.get("drafts", "1") == "1"
        return cls((*rows, *empty), groups, channel, is_first, with_drafts, codes, buyer)

    @property
    def items(self) -> list[tuple[uuid.UUID, int]]:
        """What is in the cart."""
        found = []
        for sku, quantity in self.rows:
            sku_id = ids.try_parse(sku, "sku")
            if sku_id is not None and quantity.isdecimal() and int(quantity) > 0:
                found.append((sku_id, int(quantity)))
        return found

    @property
    def trial(self) -> Trial:
        """How it is priced."""
        return Trial(
            groups=_listed(self.groups),
            channel=self.channel or None,
            is_first_purchase=self.is_first_purchase,
            statuses=("active", "draft", "paused") if self.with_drafts else ("active",),
            codes=_listed(self.codes),
            buyer=self.buyer,
        )


def _listed(typed: str) -> list[str]:
    return [each.strip() for each in typed.split(",") if each.strip()]

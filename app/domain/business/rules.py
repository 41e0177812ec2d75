"""When one person is not enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.money import Money

KINDS = ("refund", "payout", "withdrawal")
# What names somebody who can ask and be refused: a person, or a key. The system asks nobody.
_SOMEBODY = ("usr_", "key:", "operator:")


def is_somebody(actor: str) -> bool:
    """Whether a person or a key acts, and not the system by itself."""
    return actor.startswith(_SOMEBODY)


def needs_approval(limits: Mapping[str, Any], kind: str, money: Money) -> bool:
    """Whether so much money needs somebody else. `limits` is kind → currency → the largest amount in minor units that
    one person may move alone; a kind or currency that is not in it has no limit."""
    most = limits.get(kind, {}).get(money.currency)
    return most is not None and money.minor > int(most)

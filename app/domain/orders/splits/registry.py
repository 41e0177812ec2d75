"""Every strategy by name. A new one is a class and a line here, or a package of its own with an entry point."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from app.core.errors import Unavailable
from app.domain.orders.splits.own import ByCategory, ByDeliveryKind, BySeller, Whole
from app.domain.orders.splits.types import Split
from app.lib import plugins

GROUP = "bursar.splits"
USUAL = "delivery_kind"
MAX_VALUE = 120
OUR_OWN: tuple[Split, ...] = (ByDeliveryKind(), BySeller(), ByCategory(), Whole())


@cache
def splits() -> dict[str, Split]:
    """What `load` finds, once for each process and when first looked for."""
    return load()


def load() -> dict[str, Split]:
    """Our own strategies by name, and those of installed packages.

    Raises:
        PluginRefused: one of them cannot be used. No order is placed then: a wrong part would cost somebody money.
    """
    return plugins.beside({each.name: each for each in OUR_OWN}, GROUP, called="strategy", why_not=_why_not)


def split(name: str) -> Split:
    """The strategy called `name`.

    Raises:
        Unavailable: its package is not installed any more.
    """
    found = splits().get(name)
    if found is None:
        raise Unavailable("unknown_split_strategy", f"Orders are split by {name[:40]!r}, which is not installed.")
    return found


def _why_not(made: Any) -> str:
    """What keeps the object from being a strategy; empty when nothing does."""
    if not re.fullmatch("[a-z0-9_]{1,40}", made.name):
        return "a name has small letters, digits and _ only"
    if not all(isinstance(getattr(made, each, None), str) for each in ("title", "description")):
        return "it has no title and description"
    return plugins.takes(made, "value", 1)

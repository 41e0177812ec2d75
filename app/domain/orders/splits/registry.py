"""Every strategy by name. A new one is a class and a line here, or a package of its own with an entry point."""

from __future__ import annotations

import inspect
import re
from functools import cache
from importlib import metadata
from typing import Any

from app.core.errors import Unavailable
from app.domain.orders.splits.own import ByCategory, ByDeliveryKind, BySeller, Whole
from app.domain.orders.splits.types import Split

GROUP = "bursar.splits"
USUAL = "delivery_kind"
MAX_VALUE = 120
OUR_OWN: tuple[Split, ...] = (ByDeliveryKind(), BySeller(), ByCategory(), Whole())


class SplitRefused(RuntimeError):
    """An installed package offers a strategy that cannot be one; the message says which package, and why."""


@cache
def splits() -> dict[str, Split]:
    """What `load` finds, once for each process and when first looked for."""
    return load()


def load() -> dict[str, Split]:
    """Our own strategies by name, and those of installed packages.

    Raises:
        SplitRefused: one of them cannot be used. No order is placed then: a wrong part would cost somebody money.
    """
    known = {split.name: split for split in OUR_OWN}
    for offered in metadata.entry_points(group=GROUP):
        if offered.name in known:
            raise _refused(offered, "there is a strategy of this name already")
        known[offered.name] = _loaded(offered)
    return known


def split(name: str) -> Split:
    """The strategy called `name`.

    Raises:
        Unavailable: its package is not installed any more.
    """
    found = splits().get(name)
    if found is None:
        raise Unavailable("split_unknown", f"Orders are split by {name[:40]!r}, which is not installed.")
    return found


def _loaded(offered: metadata.EntryPoint) -> Split:
    try:
        made: Split = offered.load()()
    except Exception as error:  # somebody else's code: whatever it is, say where it comes from
        raise _refused(offered, f"it cannot be loaded: {error!r}") from error
    why_not = _why_not(made, offered.name)
    if why_not:
        raise _refused(offered, why_not)
    return made


def _why_not(made: Any, name: str) -> str:
    """What keeps the object from being a strategy called `name`; empty when nothing does."""
    if getattr(made, "name", None) != name:
        return f"its class calls itself {getattr(made, 'name', None)!r}"
    if not re.fullmatch("[a-z0-9_]{1,40}", name):
        return "a name has small letters, digits and _ only"
    if not all(isinstance(getattr(made, each, None), str) for each in ("title", "description")):
        return "it has no title and description"
    if not callable(getattr(made, "value", None)):
        return "it has no method value"
    try:
        inspect.signature(made.value).bind(None)
    except TypeError:
        return "its method value does not take 1 argument"
    return ""


def _refused(offered: metadata.EntryPoint, why: str) -> SplitRefused:
    package = offered.dist.name if offered.dist is not None else "a package"
    return SplitRefused(f"split {offered.name!r} of {package} ({offered.value}): {why}")

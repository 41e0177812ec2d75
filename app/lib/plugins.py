"""Things that installed packages bring beside our own, found by their entry points: loaded, or refused by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any, TypeVar

Thing = TypeVar("Thing")


class PluginRefused(RuntimeError):
    """An installed package offers something that cannot be used; the message says which package, what, and why."""


def beside(own: Mapping[str, Thing], group: str, *, called: str, why_not: Callable[[Any], str]) -> dict[str, Thing]:
    """Our `own` things by name, and those that packages offer in this entry point group. `called` is the word for one;
    `why_not` says what keeps an object from being one, or nothing.

    Raises:
        PluginRefused: one of them cannot be used.
    """
    known = dict(own)
    for offered in metadata.entry_points(group=group):
        made, why = _made(offered)
        if offered.name in known:
            why = f"there is a {called} of this name already"
        elif not why and getattr(made, "name", None) != offered.name:
            why = f"its class calls itself {getattr(made, 'name', None)!r}"
        why = why or why_not(made)
        if why:
            package = offered.dist.name if offered.dist is not None else "a package"
            raise PluginRefused(f"{called} {offered.name!r} of {package} ({offered.value}): {why}")
        known[offered.name] = made
    return known


def takes(made: Any, method: str, arguments: int) -> str:
    """Why the object has no such method for so many arguments; empty when it has."""
    if not callable(getattr(made, method, None)):
        return f"it has no method {method}"
    try:
        inspect.signature(getattr(made, method)).bind(*range(arguments))
    except TypeError:
        return f"its method {method} does not take {arguments} argument{'s' if arguments > 1 else ''}"
    return ""


def _made(offered: metadata.EntryPoint) -> tuple[Any, str]:
    try:
        return offered.load()(), ""
    except Exception as error:  # somebody else's code: whatever it is, say where it comes from
        return None, f"it cannot be loaded: {error!r}"

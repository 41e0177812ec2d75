"""What lists keep in their address: tabs, and texts that somebody typed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request


@dataclass(frozen=True)
class Tab:
    """One view of a list as a link that keeps the other filters; somebody has named it themselves, or we have."""

    title: str
    url: str
    current: bool
    is_named: bool = False


def typed(name: str) -> str:
    """The text of this name in the address; empty when there is none."""
    return request.args.get(name, "").replace("\x00", "").strip()[:200]

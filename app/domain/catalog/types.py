"""Options of products and the specifications they make."""

from __future__ import annotations

from dataclasses import dataclass

MAX_SKUS = 100  # of one product: a page and a panel still show them all
Specification = dict[str, str]  # option → value


@dataclass(frozen=True)
class Option:
    """Something to choose, such as a duration, with its values in the order in which they are shown."""

    name: str
    values: tuple[str, ...]

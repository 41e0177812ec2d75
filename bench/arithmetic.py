"""How figures are made of measurements."""

from __future__ import annotations

import random
from collections.abc import Iterator
from statistics import median
from typing import TypeVar

Side = TypeVar("Side")


def percentile(ordered: list[float], percent: int) -> float:
    """The value below which so many percent lie; `ordered` is sorted. 0 of an empty list."""
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


def turns(one: Side, other: Side, rounds: int) -> Iterator[tuple[Side, Side]]:
    """For each round, which side goes first: A B, B A, A B …, so that a machine that becomes faster or slower does it
    to both alike."""
    for number in range(rounds):
        yield (other, one) if number % 2 else (one, other)


def paired_ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the rounds' own ratios: what happened to the machine during one round spoils only that one.

    Raises:
        ValueError: there is no round, or the sides differ in their number.
    """
    if not ours:
        raise ValueError("there is no round")
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def arrivals(rate_per_s: float, seconds: float, dice: random.Random) -> list[float]:
    """When requests come, in seconds from the beginning, sorted: as buyers do, who do not know of one another."""
    moments, moment_s = list[float](), 0.0
    while (moment_s := moment_s + dice.expovariate(rate_per_s)) < seconds:
        moments.append(moment_s)
    return moments

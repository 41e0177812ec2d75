"""Which tax a price includes, to the minor unit."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.i18n.language import Rate, Translatable

WHOLE_BPS = 10_000
MAX_NUMBER = 999_999_999_999


class HeldRate(Protocol):
    """A rate as the table has it."""

    @property
    def country(self) -> str: ...
    @property
    def product_id(self) -> uuid.UUID | None: ...
    @property
    def name(self) -> str: ...
    @property
    def rate_bps(self) -> int: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class IncludedTax:
    """What of `gross_minor` is tax of this rate; both in minor units of the order's currency."""

    name: str
    rate_bps: int
    gross_minor: int
    tax_minor: int


def included_minor(gross_minor: int, rate_bps: int) -> int:
    """The tax in an amount that includes it, rounded half up to the minor unit."""
    whole = WHOLE_BPS + rate_bps
    return (2 * gross_minor * rate_bps + whole) // (2 * whole)


def included_taxes(
    amounts: Iterable[tuple[uuid.UUID, int]], rates: Iterable[HeldRate], *, country: str | None, at: datetime
) -> list[IncludedTax]:
    """The taxes in lines of (product, amount in minor units), the highest rate first. The tax of a rate is that of
    the sum of its lines, so rounding happens once for each rate; lines without a rate are in none."""
    known = _in_force(rates, country, at)
    sums: dict[tuple[str, int], int] = {}
    for product_id, amount_minor in amounts:
        rate = known.get(product_id) or known.get(None)
        if rate is not None:
            key = rate.name, rate.rate_bps
            sums[key] = sums.get(key, 0) + amount_minor
    ordered = sorted(sums.items(), key=lambda each: (-each[0][1], each[0][0]))
    return [IncludedTax(name, bps, gross, included_minor(gross, bps)) for (name, bps), gross in ordered]


def tax_label(name: str, rate_bps: int) -> Translatable:
    """What stands before the amount of a tax, such as "Includes 19% VAT"."""
    return Translatable("Includes %(rate)s %(name)s", rate=Rate(rate_bps), name=name)


def _in_force(rates: Iterable[HeldRate], country: str | None, at: datetime) -> Mapping[uuid.UUID | None, HeldRate]:
    return {
        rate.product_id: rate
        for rate in rates
        if rate.country == country and rate.starts_at <= at and (rate.ends_at is None or at < rate.ends_at)
    }


def number_text(pattern: str, number: int, *, year: int) -> str:
    """The number as it is printed: the pattern with `{number}` and `{year}` filled in."""
    return pattern.replace("{year}", str(year)).replace("{number}", str(number))

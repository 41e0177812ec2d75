"""Which tax a price includes, to the minor unit."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NotRequired, Protocol, TypedDict

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


class HeldSettings(Protocol):
    """What a business says of receipts to companies."""

    @property
    def company_receipts(self) -> bool: ...
    @property
    def company_receipt_days(self) -> int: ...


@dataclass(frozen=True)
class IncludedTax:
    """What of `gross_minor` is tax of this rate; both in minor units of the order's currency."""

    name: str
    rate_bps: int
    gross_minor: int
    tax_minor: int


def is_open(held: HeldSettings, paid_at: datetime, moment: datetime) -> bool:
    """Whether the buyer may still have the receipt made out to a company."""
    return held.company_receipts and moment < paid_at + timedelta(days=held.company_receipt_days)


class KeptTax(TypedDict):
    """A tax as a receipt keeps it, with the ids of the order's lines that it is in; older ones do not name them."""

    name: str
    rate_bps: int
    gross_minor: int
    tax_minor: int
    lines: NotRequired[list[str]]


def kept_tax(tax: IncludedTax, lines: list[str] | None = None) -> KeptTax:
    """The tax as a receipt keeps it, or without lines as a credit note does."""
    kept = KeptTax(name=tax.name, rate_bps=tax.rate_bps, gross_minor=tax.gross_minor, tax_minor=tax.tax_minor)
    return kept if lines is None else KeptTax(**kept, lines=lines)


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


def rate_by_product(
    product_ids: Iterable[uuid.UUID], rates: Iterable[HeldRate], *, country: str | None, at: datetime
) -> dict[uuid.UUID, tuple[str, int]]:
    """Name and rate of the tax that a product's price includes; products without one are left out."""
    known = _in_force(rates, country, at)
    found = {each: known.get(each) or known.get(None) for each in product_ids}
    return {each: (rate.name, rate.rate_bps) for each, rate in found.items() if rate is not None}


def credited_taxes(
    taxes: Sequence[KeptTax],
    earlier: Iterable[Sequence[KeptTax]],
    *,
    amount_minor: int,
    total_minor: int,
    before_minor: int,
    by_line: Mapping[str, int],
) -> list[IncludedTax]:
    """What of a receipt's `taxes` goes back with a refund of `amount_minor`, after the notes `earlier` and refunds of
    `before_minor` in all. `by_line` is the refund by id of the order's line; where it is not all of it, or a receipt
    does not say which lines a tax is in, the refund is spread over the order by amount.

    The tax is counted over all that went back so far, and the note takes what is missing to that: in sum the notes
    have exactly the tax of what they give back, and after the last one exactly the receipt's."""
    gone: dict[tuple[str, int], tuple[int, int]] = {}
    for note in earlier:
        for each in note:
            gross, tax = gone.get((each["name"], each["rate_bps"]), (0, 0))
            key = each["name"], each["rate_bps"]
            gone[key] = gross + each["gross_minor"], tax + each["tax_minor"]
    is_by_line = sum(by_line.values()) == amount_minor and all("lines" in each for each in taxes)
    found, rest = list[IncludedTax](), amount_minor
    for each in taxes:
        name, rate_bps, whole = each["name"], each["rate_bps"], each["gross_minor"]
        gross_before, tax_before = gone.get((name, rate_bps), (0, 0))
        if is_by_line:
            wanted = gross_before + sum(by_line.get(line, 0) for line in each["lines"])
        else:
            wanted = max(gross_before, whole * (before_minor + amount_minor) // total_minor)
        gross = max(0, min(wanted, whole, gross_before + rest) - gross_before)
        rest -= gross
        tax = included_minor(gross_before + gross, rate_bps) - tax_before
        if gross:
            found.append(IncludedTax(name, rate_bps, gross, tax))
    return found


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

"""Cells of a product file that hold several things: a SKU's option values, and its prices beside the base price. Pure.

`Size: M; Colour: Red` and `EUR 11.50; USD 10+ 9.00; EUR 10+ 8.50`: what is written here is read here again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from app.core.errors import AppError
from app.core.money import MAX_MINOR, known_currencies, parse_minor, plain
from app.domain.catalog import matrix
from app.domain.catalog.rules import MAX_PRICES
from app.domain.catalog.types import Option, Specification

MAX_QUANTITY = 10_000
_PRICE = re.compile(r"([A-Z]{3})(?: ([0-9]{1,5})\+)? ([0-9.]{1,20})")


class BadCell(ValueError):
    """What is in the cell cannot be; the text says why."""


@dataclass(frozen=True, order=True)
class PriceCell:
    """A price of one unit in minor units, from a quantity on, without an end."""

    currency: str
    from_quantity: int
    unit_minor: int


@dataclass
class Family:
    """The options that a product has, rows before this one included, and the specifications of its SKUs. `is_new` when
    the file makes the product: then its first row decides which options there are."""

    is_new: bool = True
    options: tuple[Option, ...] = ()
    taken: list[Specification] = field(default_factory=list)

    def add(self, specification: Specification) -> None:
        """A SKU of the product has these values from now on."""
        self.options = _widened(self.options, specification)
        self.taken.append(specification)


def read_specification(text: str, family: Family) -> Specification:
    """The option values in a cell, spelled as the product spells them; none in an empty one.

    Raises:
        BadCell: they cannot be those of a further SKU of this product.
    """
    typed = dict(_pair(part) for part in text.split(";") if part.strip())
    if len({name.casefold() for name in typed}) < sum(bool(part.strip()) for part in text.split(";")):
        raise BadCell("an option stands there twice")
    is_first = family.is_new and not family.taken
    names = [option.name for option in family.options] if not is_first else list(typed)
    if {name.casefold() for name in typed} != {name.casefold() for name in names}:
        if not names:
            raise BadCell("the product has no options; set them on its page")
        raise BadCell(f"name one value of each option: {', '.join(names)}")
    given = {name.casefold(): value for name, value in typed.items()}
    specification = {name: _spelled(family.options, name, given[name.casefold()]) for name in names}
    try:
        matrix.checked(_widened(family.options, specification))
    except AppError as error:
        raise BadCell(error.message) from error
    if specification and specification in family.taken:
        raise BadCell("another SKU of the product has these values")
    return specification


def specification_text(options: Sequence[Option], specification: Specification) -> str:
    """Option values as a cell, in the order of the options; empty where they do not fit, or a cell cannot hold them."""
    if not matrix.fits(options, specification):
        return ""
    values = [(option.name, specification[option.name]) for option in options]
    holds = all(":" not in name and ";" not in name + value for name, value in values)
    return "; ".join(f"{name}: {value}" for name, value in values) if holds else ""


def read_prices(text: str, *, base_currency: str, others: int) -> tuple[PriceCell, ...]:
    """The prices in a cell, in order. `others` are the SKU's prices that a file does not hold.

    Raises:
        BadCell: one cannot be read, stands there twice, is the base price, or there are too many.
    """
    found = sorted(_price(part.strip()) for part in text.split(";") if part.strip())
    places = [(price.currency, price.from_quantity) for price in found]
    if len(set(places)) < len(places):
        raise BadCell("two prices for the same currency and quantity")
    if (base_currency, 1) in places:
        raise BadCell(f"the price of one unit in {base_currency} stands in the column price")
    if len(found) + others > MAX_PRICES:
        raise BadCell(f"a SKU can have at most {MAX_PRICES} prices")
    return tuple(found)


def prices_text(prices: Iterable[PriceCell]) -> str:
    """Prices as a cell."""
    return "; ".join(_price_text(price) for price in sorted(prices))


def _price_text(price: PriceCell) -> str:
    quantity = f" {price.from_quantity}+" if price.from_quantity > 1 else ""
    return f"{price.currency}{quantity} {plain(price.unit_minor, price.currency)}"


def _price(text: str) -> PriceCell:
    match = _PRICE.fullmatch(text)
    if match is None:
        raise BadCell("prices such as “EUR 11.50; EUR 10+ 9.00”")
    currency, quantity = match[1], int(match[2] or 1)
    if currency not in known_currencies():
        raise BadCell(f"no currency {currency}")
    if not 1 <= quantity <= MAX_QUANTITY:
        raise BadCell(f"quantities from 1 to {MAX_QUANTITY:,}")
    try:
        minor = parse_minor(match[3], currency)
    except AppError as error:
        raise BadCell(error.message) from error
    if not 0 <= minor <= MAX_MINOR:
        raise BadCell("a price is out of range")
    return PriceCell(currency, quantity, minor)


def _pair(part: str) -> tuple[str, str]:
    name, colon, value = part.partition(":")
    if not colon or not name.strip() or not value.strip():
        raise BadCell("options such as “Size: M; Colour: Red”")
    return " ".join(name.split()), " ".join(value.split())


def _spelled(options: Sequence[Option], name: str, value: str) -> str:
    known: Collection[str] = next((option.values for option in options if option.name == name), ())
    return next((each for each in known if each.casefold() == value.casefold()), value)


def _widened(options: Sequence[Option], specification: Specification) -> tuple[Option, ...]:
    known = {option.name: option.values for option in options}
    return tuple(
        Option(name, known.get(name, ()) if value in known.get(name, ()) else (*known.get(name, ()), value))
        for name, value in specification.items()
    )

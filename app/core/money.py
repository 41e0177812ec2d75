"""Money: whole minor units with their currency. No float ever; parts always sum to the whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel.core import Locale, get_global
from babel.numbers import format_currency, get_currency_precision

from app.core.errors import Invalid

MAX_MINOR = 99_999_999_999  # what one amount may be at most, in minor units (I17)


@dataclass(frozen=True, order=False)
class Money:
    """`minor` units (cents, yen, fils) of `currency` (ISO 4217, upper case)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are whole numbers, not {self.minor!r}")
        if len(self.currency) != 3 or not self.currency.isupper():
            raise ValueError(f"no currency code: {self.currency!r}")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.minor * times, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """Shares by weight, in the weights' order; what rounding leaves goes to the largest remainders,
        of equal ones to the earlier. The shares sum to this amount.

        Raises:
            ValueError: a weight is negative, or none is above zero.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights are whole numbers from zero up, and one of them is above zero")
        size = abs(self.minor)
        shares = [size * weight // total for weight in weights]
        rest = size - sum(shares)
        by_remainder = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % total), i))
        for index in by_remainder[:rest]:
            shares[index] += 1
        assert sum(shares) == size
        sign = -1 if self.minor < 0 else 1
        return [Money(sign * share, self.currency) for share in shares]

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.minor


@lru_cache(maxsize=512)
def exponent(currency: str) -> int:
    """How many decimal places the currency has, from CLDR: JPY 0, CNY 2, KWD 3.

    Raises:
        Invalid: there is no such currency.
    """
    if currency not in known_currencies():
        raise Invalid("unknown_currency", f"There is no currency {currency[:12]!r}.")
    return int(get_currency_precision(currency))


@lru_cache(maxsize=1)
def known_currencies() -> frozenset[str]:
    """The codes of the currencies that are legal tender somewhere today, as CLDR knows them."""
    used_in = get_global("territory_currencies").values()
    return frozenset(code for used in used_in for code, _since, until, is_tender in used if is_tender and until is None)


@lru_cache(maxsize=8192)
def format_money(minor: int, currency: str, locale: str = "en") -> str:
    """The amount as people of `locale` write it: `$12.50`, `¥1,250`, `−$3.00`."""
    places = exponent(currency)
    whole, part = divmod(abs(minor), 10**places)
    text = f"{whole}.{part:0{places}d}" if places else str(whole)
    value = Decimal(text) * (-1 if minor < 0 else 1)
    written = format_currency(
        value, currency, locale=Locale.parse(locale.replace("-", "_")), numbering_system="default"
    )
    if minor < 0:
        written = written.replace("-", "−")  # as wide as a digit, and no place to break a line
        if written.startswith(
            "\u200f"
        ):  # marks hold the sign at the head of its number, and that apart from the currency
            written = written.replace("−", "\u200e−").replace("\xa0", "\u200f\xa0")
    return _LATIN_SYMBOL.sub("\\g<0>\u200e", written) if written.startswith("\u200f") else written


# Among words that run right to left, "US$" would be shown as "$US", were the sign not held by a mark behind it.
_LATIN_SYMBOL = re.compile("[A-Z][$¥]")
_AMOUNT = re.compile(r"([-−]?)(\d{1,12})(?:\.(\d{1,4}))?", re.ASCII)


def parse_minor(text: str, currency: str) -> int:
    """Minor units of an amount typed by a person: `12.5` in USD is 1250.

    Raises:
        Invalid: no number, more decimals than the currency has, or beyond MAX_MINOR.
    """
    match = _AMOUNT.fullmatch(text.strip())
    places = exponent(currency)
    if match is None or len(match[3] or "") > places:
        raise Invalid("invalid_amount", f"Write an amount with at most {places} decimals, such as {_example(places)}.")
    minor = int(match[2] + (match[3] or "").ljust(places, "0"))
    if minor > MAX_MINOR:
        raise Invalid("invalid_amount", "The amount is too large.")
    return -minor if match[1] else minor


def plain(minor: int, currency: str) -> str:
    """The amount as a plain number for a form field or a file: `12.50`."""
    places = exponent(currency)
    whole, part = divmod(abs(minor), 10**places)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{part:0{places}d}" if places else f"{sign}{whole}"


def _example(places: int) -> str:
    return "12" if places == 0 else "12." + "5".ljust(places, "0")

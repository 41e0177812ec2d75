"""The languages buyers read: which there are, which of them fits, and sentences that can be said in each of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Self

from app.core.money import format_money

LOCALES = ("en", "zh-Hans", "zh-Hant", "ja", "ko", "de", "fr", "es", "pt-BR", "ar")
DEFAULT = "en"
AUTO = "auto"  # the browser's language
# A language, and after it a script or a region or both.
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_TRADITIONAL = re.compile(r"hant|^(?!.*hans).*-(tw|hk|mo)\b")


def language_tag(text: str | None) -> str | None:
    """The text when it is a tag such as `pt-BR` or `zh-Hans-CN`, else None."""
    return text if text and len(text) <= 20 and _TAG.fullmatch(text) else None


def match(tag: str) -> str | None:
    """The nearest language there is: zh-TW is zh-Hant, pt is pt-BR, de-AT is de; None when none is near."""
    requested = tag.replace("_", "-").lower()
    language = requested.split("-")[0]
    if language == "zh":
        return "zh-Hant" if _TRADITIONAL.search(requested) else "zh-Hans"
    return next((locale for locale in LOCALES if locale.split("-")[0] == language), None)


def offered(tag: str, among: Sequence[str]) -> str:
    """The tag when its language is one of those that are offered, or when all are (`among` is empty); else the first
    of them."""
    return tag if not among or match(tag) in among else among[0]


def preferred(tags: Iterable[str], otherwise: str = DEFAULT) -> str:
    """The first of the tags, the dearest first, for which there is a language."""
    return next((found for tag in tags if (found := match(tag))), otherwise)


def direction(locale: str) -> str:
    """Which way the language is written: `ltr` or `rtl`."""
    return "rtl" if locale.split("-")[0] == "ar" else "ltr"


@dataclass(frozen=True)
class Amount:
    """Money in a sentence."""

    minor: int
    currency: str


@dataclass(frozen=True)
class Rate:
    """A part of the whole in a sentence: basis points."""

    bps: int


@dataclass(frozen=True)
class Nth:
    """A place in a row: 2 is 2nd in English."""

    number: int


@dataclass(frozen=True)
class Day:
    """A day in a sentence."""

    on: date


@dataclass(frozen=True)
class Either:
    """Names of which one will do."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Several:
    """Amounts, one after the other."""

    amounts: tuple[Amount, ...]


@dataclass(frozen=True)
class Series:
    """Sentences of the same kind, one after the other."""

    parts: tuple[Translatable, ...]


Value = str | int | Amount | Rate | Nth | Day | Either | Several | Series


class Translatable(str):
    """A text in English that can be said in other languages as well (`app.texts.translate`).

    `key` is the English text with holes, `%(name)s`, and `values` has what belongs there. With a `number` of things,
    `key` is what is said of one and `many` what is said of more. `capital` begins it with a capital letter.
    """

    key: str
    values: Mapping[str, Value]
    many: str
    number: int | None
    capital: bool

    def __new__(
        cls, key: str, /, *, many: str = "", count: int | None = None, capital: bool = False, **values: Value
    ) -> Self:
        if count is not None:
            values["count"] = count
        form = many if many and count != 1 else key
        text = form % {name: _english(value) for name, value in values.items()}
        self = super().__new__(cls, capitalised(text) if capital else text)
        self.key, self.many, self.number, self.capital = key, many, count, capital
        self.values = MappingProxyType(values)
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return read, (self.data(),)

    def data(self) -> dict[str, Any]:
        """It as JSON can keep it."""
        found: dict[str, Any] = {"key": self.key, "values": {name: _stored(each) for name, each in self.values.items()}}
        if self.number is not None:
            found |= {"many": self.many, "count": self.number}
        return found | ({"capital": True} if self.capital else {})


def read(data: Mapping[str, Any]) -> Translatable:
    """What `Translatable.data` kept."""
    values = {name: _read(value) for name, value in data["values"].items() if name != "count"}
    return Translatable(
        data["key"],
        many=data.get("many", ""),
        count=data.get("count"),
        capital=data.get("capital", False),
        **values,
    )


def stored(text: str) -> dict[str, Any] | None:
    """What to keep of a text beside its English, so that it can be said in another language later."""
    return text.data() if isinstance(text, Translatable) else None


def capitalised(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def _english(value: Value) -> str:
    match value:
        case Amount(minor, currency):
            return format_money(minor, currency)
        case Rate(bps):
            whole, rest = divmod(bps, 100)
            return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"
        case Nth(number):
            ends = {1: "st", 2: "nd", 3: "rd"}
            return f"{number}{'th' if 10 <= number % 100 <= 20 else ends.get(number % 10, 'th')}"
        case Day(on):
            return f"{on:%B} {on.day}, {on.year}"
        case Either(names):
            return ", ".join(names)
        case Several(amounts):
            return ", ".join(_english(each) for each in amounts)
        case Series(parts):
            return "; ".join(parts)
        case _:
            return str(value)


def _stored(value: Value) -> Any:
    match value:
        case Amount(minor, currency):
            return {"minor": minor, "currency": currency}
        case Rate(bps):
            return {"bps": bps}
        case Nth(number):
            return {"nth": number}
        case Day(on):
            return {"on": on.isoformat()}
        case Either(names):
            return {"either": list(names)}
        case Several(amounts):
            return {"several": [_stored(each) for each in amounts]}
        case Series(parts):
            return {"series": [part.data() for part in parts]}
        case Translatable():
            return value.data()
        case _:
            return value


def _read(value: Any) -> Value:
    match value:
        case {"minor": minor, "currency": currency}:
            return Amount(minor, currency)
        case {"bps": bps}:
            return Rate(bps)
        case {"nth": number}:
            return Nth(number)
        case {"on": str(on)}:
            return Day(date.fromisoformat(on))
        case {"either": names}:
            return Either(tuple(names))
        case {"several": amounts}:
            return Several(tuple(Amount(**each) for each in amounts))
        case {"series": parts}:
            return Series(tuple(read(part) for part in parts))
        case {"key": _}:
            return read(value)
        case str() | int():
            return value
    raise ValueError(f"No value of a sentence: {value!r}")

"""Finds a text in a language and puts its values into the placeholders."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from app.core.i18n.language import (
    LOCALES,
    Amount,
    Day,
    Either,
    Nth,
    Rate,
    Series,
    Several,
    Translatable,
    Value,
    capitalised,
    match,
)
from app.core.money import format_money
from app.texts.catalogues import find
from app.texts.refusals import REFUSALS, SOMETHING

SEMICOLONS = {"zh-Hans": "；", "zh-Hant": "；", "ja": "、", "ar": "؛ ", "fr": "\u00a0; "}


def translate(text: str, locale: str) -> str:
    """The text in this language: one of `core.language.LOCALES`, or the nearest of them."""
    language = match(locale) or "en"
    if language == "en":
        return str(text)
    if not isinstance(text, Translatable):
        return find(language, text) or text
    form = find(language, text.key, text.number)
    if form is None:
        return str(text)
    translation = form % {name: _said(value, language) for name, value in text.values.items()}
    return capitalised(translation) if text.capital else translation


def translate_plural(one: str, many: str, count: int, locale: str) -> str:
    """The form for so many of a text with a number in it, its holes still open."""
    language = match(locale) or "en"
    found = None if language == "en" else find(language, one, count)
    return found or (one if count == 1 else many)


def translate_in_context(context: str, text: str, locale: str) -> str:
    """The text where the same English words mean different things: `context` tells which."""
    language = match(locale) or "en"
    return (None if language == "en" else find(language, text, context=context)) or text


def refusal(code: str, message: str, locale: str) -> str:
    """A refusal in a buyer's words."""
    return translate(for_buyers(code, message), locale)


def for_buyers(code: str, message: str) -> str:
    """What a buyer is told of a refusal, in English: what is said of its code, else its message if it was written for
    buyers. What was written for programmers is no buyer's business: they read that something went wrong."""
    if code in REFUSALS:
        return REFUSALS[code]
    return message if isinstance(message, Translatable) or find("de", message) is not None else SOMETHING


def _said(value: Value, language: str) -> str:
    match value:
        case Amount(minor, currency):
            return format_money(minor, currency, language)
        case Rate(bps):
            return str(
                format_percent(
                    Decimal(bps) / 10_000,
                    locale=_locale(language),
                    decimal_quantization=False,
                    numbering_system="default",
                )
            )
        case Nth(number) | int(number):
            return str(format_decimal(number, locale=_locale(language), numbering_system="default"))
        case Day(on):
            return str(format_date(on, "long", locale=_locale(language)))
        case Either(names):
            return str(format_list(names, style="or", locale=_locale(language)))
        case Several(amounts):
            return str(format_list([_said(each, language) for each in amounts], style="unit", locale=_locale(language)))
        case Series(parts):
            return SEMICOLONS.get(language, "; ").join(translate(part, language) for part in parts)
        case _:
            return translate(value, language)


@lru_cache(maxsize=len(LOCALES))
def _locale(language: str) -> Locale:
    return Locale.parse(language.replace("-", "_"))

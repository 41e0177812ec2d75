"""Every language says everything, with the same placeholders, in its own letters and plural forms."""

from __future__ import annotations

import re

import pytest
from babel import Locale

from app.api.kit.openapi import codes_of
from app.api.sdk import coupons, session
from app.api.sdk.api import sdk
from app.api.sdk.checkouts import pages
from app.core.i18n.language import (
    LOCALES,
    Amount,
    Either,
    Nth,
    Rate,
    Series,
    Several,
    Translatable,
    match,
    preferred,
    read,
)
from app.texts import refusal, translate, translate_plural
from app.texts.catalogues import find
from app.texts.refusals import FOR_PROGRAMMERS, REFUSALS, SAYS_ITSELF
from ops.texts.catalogues import read as read_catalogue
from ops.texts.check import forms_of, problems

TRANSLATED = [locale for locale in LOCALES if locale != "en"]
OWN_LETTERS = {
    "zh-Hans": r"[\u4e00-\u9fff]",
    "zh-Hant": r"[\u4e00-\u9fff]",
    "ja": r"[\u3040-\u30ff\u4e00-\u9fff]",
    "ko": r"[\uac00-\ud7af]",
    "ar": r"[\u0600-\u06ff]",
}
# What is the same word, or no word at all.
SAME = {
    "Alipay": {"de", "fr", "es", "pt-BR"},
    "WeChat Pay": {"ja", "de", "fr", "es", "pt-BR"},
    "Bank": {"de"},
    "App": {"de"},
    "Subtotal": {"es", "pt-BR"},
    "Total": {"fr", "es", "pt-BR"},
    "Partner": {"de"},
    "Points": {"fr"},
    "Date": {"fr"},
    "Article": {"fr"},
    "Item": {"pt-BR"},
    "version %(number)s": {"fr"},
    "%(count)s point": {"fr"},
}
ONLY_HOLES = re.compile(r"(%\(\w+\)s|[\s:;.,×=·])*")


def _forms(locale: str) -> list[tuple[str, str]]:
    """Each text of the checkout in English, and what is said in this language; plurals in each of their forms."""
    messages = read_catalogue(locale.replace("-", "_"), "checkout")
    return [
        (message.id if isinstance(message.id, str) else message.id[0], form)
        for message in messages
        if message.id
        for form in forms_of(message)
    ]


def test_the_catalogues_have_every_text() -> None:
    assert problems() == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_the_plural_forms_are_those_of_the_language(locale: str) -> None:
    category = Locale.parse(locale.replace("-", "_")).plural_form
    forms = {count: find(locale, "Add %(count)s more item.", count) for count in range(200)}

    kinds = {category(count): text for count, text in forms.items()}
    assert forms == {count: kinds[category(count)] for count in forms}


@pytest.mark.parametrize("locale", TRANSLATED)
def test_nothing_is_left_in_english(locale: str) -> None:
    left = [
        key
        for key, form in _forms(locale)
        if (form == key or (locale in OWN_LETTERS and not re.search(OWN_LETTERS[locale], form)))
        and not ONLY_HOLES.fullmatch(key)
        and locale not in SAME.get(key, ())
    ]

    assert left == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_texts_have_no_stray_spaces_and_no_typewriter_quotes(locale: str) -> None:
    wrong = r"^\s|\s$|  |['\"]" + (r"|[ \w][:;?!](\s|$)" if locale == "fr" else "")

    assert [form for _, form in _forms(locale) if re.search(wrong, form)] == []


def test_a_sentence_has_its_money_and_numbers_in_another_language() -> None:
    text = Translatable("over %(threshold)s, %(off)s off", threshold=Amount(5000, "EUR"), off=Amount(1000, "EUR"))

    assert text == "over €50.00, €10.00 off"
    assert translate(text, "de") == "ab 50,00\xa0€ 10,00\xa0€ Rabatt"
    assert translate(text, "de-AT") == translate(text, "de")
    assert translate(text, "sw") == text


@pytest.mark.parametrize(
    ("count", "expected"), [(1, "تنقصك قطعة واحدة."), (2, "تنقصك قطعتان."), (3, "تنقصك 3 قطع."), (11, "تنقصك 11 قطعة.")]
)
def test_arabic_counts_in_its_own_way(count: int, expected: str) -> None:
    text = Translatable("Add %(count)s more item.", many="Add %(count)s more items.", count=count)

    assert translate(text, "ar") == expected


def test_stored_texts_can_still_be_translated() -> None:
    inner = Translatable("%(count)s product", many="%(count)s products", count=2)
    values = (Amount(5, "JPY"), Rate(1250), Nth(2), Either(("a", "b")), Several((Amount(1, "USD"),)), Series((inner,)))
    for value in (*values, inner, "%d 100 %", 7):
        text = Translatable("%(steps)s", steps=value, capital=True)

        again = read(text.data())

        assert (str(again), again.data(), translate(again, "ko")) == (str(text), text.data(), translate(text, "ko"))


def test_a_refusal_is_worded_by_its_code_or_else_for_buyers() -> None:
    assert refusal("last_line", "The last line cannot be removed.", "zh-TW").startswith("訂單中至少")
    assert refusal("nobody_knows", Translatable("version %(number)s", number=3), "de") == "Version 3"
    assert refusal("nobody_knows", "String should match pattern '^cfg_'", "fr").startswith("Une erreur s’est produite.")
    assert refusal("nobody_knows", "String should match pattern '^cfg_'", "en").startswith("Something went wrong.")
    assert translate_plural("%(count)s point", "%(count)s points", 2, "es") == "%(count)s puntos"
    assert translate_plural("%(count)s point", "%(count)s points", 2, "en") == "%(count)s points"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("zh-CN", "zh-Hans"), ("zh", "zh-Hans"), ("zh-TW", "zh-Hant"), ("zh_HK", "zh-Hant"), ("zh-Hans-HK", "zh-Hans"),
     ("zh-Hant-SG", "zh-Hant"), ("pt", "pt-BR"), ("pt-PT", "pt-BR"), ("AR-eg", "ar"), ("de-AT", "de"), ("nl", None),
     ("", None), ("auto", None)],
)  # fmt: skip
def test_a_tag_is_served_by_the_nearest_language(tag: str, expected: str | None) -> None:
    assert match(tag) == expected


def test_the_first_language_that_there_is_is_taken() -> None:
    assert preferred(["nl", "pt", "en"]) == "pt-BR"
    assert preferred(["nl"]) == "en"
    assert preferred([], "") == ""


def test_a_buyer_has_a_sentence_for_every_refusal_of_the_checkout() -> None:
    assert coupons.sdk is session.sdk is sdk  # their operations are declared
    answered = {code for api in (sdk, pages) for each in api.operations for code in codes_of(each)}

    left = answered - REFUSALS.keys() - FOR_PROGRAMMERS - SAYS_ITSELF
    assert left == set(), "say it to buyers in REFUSALS, or say in FOR_PROGRAMMERS that a page is at fault"
    assert FOR_PROGRAMMERS & REFUSALS.keys() == set()
    assert answered >= FOR_PROGRAMMERS | SAYS_ITSELF

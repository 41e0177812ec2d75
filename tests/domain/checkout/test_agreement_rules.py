"""Agreement texts: what is stored, what is refused, which language a buyer gets."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from app.domain.checkout.agreements import rules
from app.domain.checkout.agreements.errors import BadAgreement


@dataclass(frozen=True)
class Version:
    code: str
    locale: str


def test_line_ends_do_not_change_the_fingerprint() -> None:
    assert rules.clean("  The  terms ", "One\r\ntwo\rthree\n") == ("The terms", "One\ntwo\nthree")
    assert rules.text_hash("a", "b") == "7e18f737311b2dc3b2f269dd78396b0351f14fb66efa879f768cb23181883c78"


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("", "x"),
        ("x", " \n "),
        ("x" * 121, "x"),
        ("x", "x" * 60_001),
        ("x", "a\x00b"),
        ("x", "pay \u202eeerf"),
        ("\x07x", "x"),
    ],
)
def test_a_text_that_cannot_be_evidence_is_refused(title: str, body: str) -> None:
    with pytest.raises(BadAgreement):
        rules.clean(title, body)


@pytest.mark.parametrize(("typed", "stored"), [("EN", "en"), ("zh-hans", "zh-Hans"), ("pt-br", "pt-BR")])
def test_locales_have_one_spelling(typed: str, stored: str) -> None:
    assert rules.clean_locale(typed) == stored
    with pytest.raises(BadAgreement):
        rules.clean_locale(f"{typed}_1")


@pytest.mark.parametrize(
    ("expected", "chosen"), [("de", "de"), ("de-AT", "de"), ("zh-CN", "zh-Hans"), ("ja", "en"), ("EN", "en")]
)
def test_a_buyer_gets_the_nearest_language(expected: str, chosen: str) -> None:
    versions = [Version("terms", locale) for locale in ("de", "zh-Hans", "en", "fr")]

    assert rules.in_language(versions, expected) == [Version("terms", chosen)]


def test_every_agreement_is_required_once() -> None:
    versions = [Version("privacy", "fr"), Version("terms", "de"), Version("terms", "en")]

    assert rules.in_language(versions, "en") == [Version("privacy", "fr"), Version("terms", "en")]

"""Payment methods that a buyer can distinguish by name."""

from __future__ import annotations

import pytest

from app.read.checkout.payment_methods import _with_distinct_titles
from app.texts import translate


@pytest.mark.parametrize("locale", ["en", "zh-Hans", "ar"])
def test_no_two_ways_have_one_name(locale: str) -> None:
    ways = [
        {"title": "Pretend Pay", "scene": "web"},
        {"title": "Pretend Pay", "scene": "qr"},
        {"title": "Pretend Pay", "scene": "mobile"},
        {"title": "Bank", "scene": "bank"},
        {"title": "Card", "scene": "web"},
        {"title": "Card", "scene": "web"},
    ]

    titles = [translate(way["title"], locale) for way in _with_distinct_titles(ways)]

    assert len(set(titles)) == len(titles)
    assert titles[0] == "Pretend Pay"


def test_a_name_that_stands_alone_stays_as_it_is() -> None:
    ways = [{"title": "Pretend Pay", "scene": "qr"}, {"title": "Bank", "scene": "bank"}]

    assert [str(way["title"]) for way in _with_distinct_titles(ways)] == ["Pretend Pay", "Bank"]

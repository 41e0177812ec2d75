"""A receipt is made while somebody waits, by a thread that others wait for: no name on it makes it a lot of work."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from app.core.files import pdf_directions
from app.core.files.pdf_fonts import Embedded
from app.domain.orders.types import MAX_LINES
from app.texts.receipt_document import MAX_TITLES, ReceiptDocument, receipt_pdf

LENGTH = 5_000
SCRIPTS = ("W", "aعb高", "会员", "a ", "()", "‮a‬ب", "e\u0301", "한1.")
TIMES = 25  # each letter is measured so often at most: alone, in its word, and where a line is broken


def _names(script: str) -> Sequence[str]:
    """One for each line, all of them different."""
    chance = random.Random(script)
    return ["".join(chance.choice(script) for _ in range(LENGTH)) for _ in range(MAX_LINES)]


def _document(names: Sequence[str], locale: str) -> ReceiptDocument:
    lines = [SimpleNamespace(title=name, quantity=1, unit_price_minor=100) for name in names]
    return ReceiptDocument(
        merchant=names[0], is_test=False, time_zone="Asia/Shanghai", order="ord_1", locale=locale,
        paid_at=datetime(2026, 1, 1, tzinfo=UTC), currency="USD", total_minor=100, discount_minor=0, lines=lines,
    )  # fmt: skip


@dataclass
class Work:
    """How many letters were set, and how often a letter was asked which way it runs."""

    letters: int = 0
    ways: int = 0


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """What a receipt costs, counted as it is made."""
    counted = Work()
    runs: Callable[..., Any] = Embedded.runs
    is_leftward: Callable[[str], int | None] = pdf_directions._is_leftward

    def counted_runs(self: Embedded, text: str, *, bold: bool) -> Any:
        counted.letters += len(text)
        return runs(self, text, bold=bold)

    def counted_way(letter: str) -> int | None:
        counted.ways += 1
        return is_leftward(letter)

    monkeypatch.setattr(Embedded, "runs", counted_runs)
    monkeypatch.setattr(pdf_directions, "_is_leftward", counted_way)
    return counted


@pytest.mark.parametrize("locale", ["en", "zh-Hans", "ar"])
@pytest.mark.parametrize("script", ["W" * 9, *SCRIPTS[1:]], ids=["no blanks", *map(ascii, SCRIPTS[1:])])
def test_a_receipt_of_the_worst_names_is_little_work(script: str, locale: str, work: Work) -> None:
    content = receipt_pdf(_document(_names(script), locale))

    assert content.startswith(b"%PDF")
    assert work.letters < TIMES * MAX_TITLES
    assert work.ways <= 2 * work.letters

"""A receipt is made while somebody waits, by a thread that others wait for: no name on it makes it a lot of work."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from app.core.pdf_fonts import Embedded
from app.domain.orders.types import MAX_LINES
from app.words.receipt_paper import MOST_TITLES, Paper, receipt_pdf

LENGTH = 5_000
SCRIPTS = ("W", "aعb高", "会员", "a ", "()", "‮a‬ب", "e\u0301", "한1.")
TIMES = 25  # each letter is measured so often at most: alone, in its word, and where a line is broken


def _names(script: str) -> Sequence[str]:
    """One for each line, all of them different."""
    chance = random.Random(script)
    return ["".join(chance.choice(script) for _ in range(LENGTH)) for _ in range(MAX_LINES)]


def _paper(names: Sequence[str], locale: str) -> Paper:
    lines = [SimpleNamespace(title=name, quantity=1, unit_price_minor=100) for name in names]
    return Paper(
        merchant=names[0], is_test=False, time_zone="Asia/Shanghai", order="ord_1", locale=locale,
        paid_at=datetime(2026, 1, 1, tzinfo=UTC), currency="USD", total_minor=100, discount_minor=0, lines=lines,
    )  # fmt: skip


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of all texts that were set in letters."""
    lengths: list[int] = []
    real: Callable[..., Any] = Embedded.runs

    def runs(self: Embedded, text: str, *, bold: bool) -> Any:
        lengths.append(len(text))
        return real(self, text, bold=bold)

    monkeypatch.setattr(Embedded, "runs", runs)
    return lengths


@pytest.mark.parametrize("locale", ["en", "zh-Hans", "ar"])
@pytest.mark.parametrize("script", ["W" * 9, *SCRIPTS[1:]], ids=["no blanks", *map(ascii, SCRIPTS[1:])])
def test_a_receipt_of_the_worst_names_is_little_work(script: str, locale: str, measured: list[int]) -> None:
    paper = _paper(_names(script), locale)
    began_s = time.process_time()

    content = receipt_pdf(paper)

    assert content.startswith(b"%PDF")
    assert sum(measured) < TIMES * MOST_TITLES
    assert time.process_time() - began_s < 2.0  # a tenth of it as a rule; it was more than ten seconds

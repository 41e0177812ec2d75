"""Cells of CSV files: numbers stay numbers, and nothing is a formula."""

from __future__ import annotations

import pytest

from app.lib.csv_text import written


@pytest.mark.parametrize("cell", ["-5", "-12.50", "-0.001", "12.50", "Moon", "2026-03-01", ""])
def test_numbers_and_words_are_written_as_they_are(cell: str) -> None:
    assert "".join(written([(cell, "x")])) == f"{cell},x\r\n"


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1+1", "-1\n=1", "--1", "-.5", "-1.", "-1e5", "-٣", "-", "@x", " =1", "\t-1", "＝1"]
)
def test_what_a_spreadsheet_would_work_out_is_text(cell: str) -> None:
    assert "".join(written([(cell, "x")])).lstrip('"').startswith("'")

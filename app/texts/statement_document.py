"""A wallet's statement on paper: one PDF in English, as the portal's texts are."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.files.pdf import PAGE_HEIGHT, PAGE_WIDTH, Document

LEFT, RIGHT, FOOT = 56, PAGE_WIDTH - 56, PAGE_HEIGHT - 70
POSTING, AMOUNT = 130, 440
LINE = 16


def statement_pdf(rows: Sequence[tuple[str, ...]], *, merchant: str, buyer: str, currency: str, period: str) -> bytes:
    """The file. Rows are date, posting, movement, order, amount, balance and currency; `buyer` as whoever reads it may
    see them."""
    page = Document(f"Wallet statement {period}")
    page.text(LEFT, 76, "Wallet statement", size=22, bold=True)
    y = 110.0
    for name, value in (("Business", merchant), ("Buyer", buyer), ("Period", period)):
        page.text(LEFT, y, name)
        page.text(POSTING, y, page.cut(value, RIGHT - POSTING))
        y += LINE + 2
    y = _heads(page, y + LINE, currency)
    for day, posting, _movement, order, amount, balance, _currency in rows:
        if y > FOOT:
            page.new_page()
            y = _heads(page, 76, currency)
        page.text(LEFT, y, day, size=9)
        page.text(POSTING, y, page.cut(f"{posting} {order}".strip(), AMOUNT - POSTING - 70, size=9), size=9)
        page.text(AMOUNT, y, amount, size=9, end=True)
        page.text(RIGHT, y, balance, size=9, end=True)
        y += LINE
    return page.content()


def _heads(page: Document, y: float, currency: str) -> float:
    page.text(LEFT, y, "Date", size=9, bold=True)
    page.text(POSTING, y, "Posting", size=9, bold=True)
    page.text(AMOUNT, y, "Amount", size=9, bold=True, end=True)
    page.text(RIGHT, y, f"Balance, {currency}", size=9, bold=True, end=True)
    page.line(LEFT, y + 7, RIGHT, gray=0.4)
    return y + LINE + 6

"""The receipt on paper: one PDF in the buyer's language; in English where that cannot be written for want of fonts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from babel.dates import format_date

from app.core.files.pdf import PAGE_HEIGHT, PAGE_WIDTH, Document, writes
from app.core.i18n.language import DEFAULT, match
from app.core.money import format_money, plain
from app.texts.translate import translate

LEFT, RIGHT, FOOT = 56, PAGE_WIDTH - 56, PAGE_HEIGHT - 90
# Where the columns of the table end, besides the first.
QUANTITY, PRICE = 360, 450
# Letters of one text, and of all titles together: more would be more than a moment's work.
MAX_TEXT, MAX_TITLES, LEAST_TITLE = 200, 5_000, 60


class Line(Protocol):
    """One line of the order."""

    title: Any
    quantity: Any
    unit_price_minor: Any


@dataclass(frozen=True)
class ReceiptDocument:
    """What stands on it; `refunds` are (minor units, when), `taxes` (what is said of each, minor units)."""

    merchant: str
    is_test: bool
    time_zone: str
    order: str
    locale: str
    paid_at: datetime
    currency: str
    total_minor: int
    discount_minor: int
    lines: Sequence[Any]
    methods: Sequence[str] = ()
    refunds: Sequence[tuple[int, datetime]] = ()
    address: str = ""
    tax_number: str = ""
    support: str = ""
    footer: str = ""
    number: str = ""
    taxes: Sequence[tuple[str, int]] = ()


def receipt_pdf(document: ReceiptDocument) -> bytes:
    """The file."""
    language = match(document.locale) or DEFAULT
    return _Writer(document, language if writes(language) else DEFAULT).write()


class _Writer:
    def __init__(self, document: ReceiptDocument, language: str) -> None:
        self.paper, self.language, self.y = document, language, 76.0
        self.most_title = min(MAX_TEXT, max(LEAST_TITLE, MAX_TITLES // max(1, len(document.lines))))
        self.page = Document(f"{self._translate('Receipt')} {document.order}", language)

    def _translate(self, words: str) -> str:
        return translate(words, self.language)

    def _money(self, minor: int) -> str:
        text = format_money(minor, self.paper.currency, self.language)
        return text if self.page.can_show(text) else f"{self.paper.currency} {plain(minor, self.paper.currency)}"

    def _day(self, moment: datetime) -> str:
        there = moment.astimezone(ZoneInfo(self.paper.time_zone)).date()
        return str(format_date(there, "long", locale=self.language.replace("-", "_")))

    def write(self) -> bytes:
        document = self.paper
        self.page.text(LEFT, self.y, self._translate("Receipt"), size=22, bold=True)
        if document.is_test:
            self.page.text(RIGHT, self.y, self._translate("Test mode"), size=11, end=True)
        self._down(34)
        for name, value in self._facts():
            self.page.text(LEFT, self.y, self._translate(name) if name else "")
            self.page.text(LEFT + 120, self.y, self.page.cut(_short(value), RIGHT - LEFT - 120))
            self._down(18)
        self._down(18)
        self._heads()
        for line in document.lines:
            self._line(line)
        self._sums()
        return self.page.content()

    def _facts(self) -> list[tuple[str, str]]:
        """Names and values; a further line of a value has no name."""
        document = self.paper
        facts = [("Sold by", document.merchant), *(("", line) for line in document.address.splitlines())]
        facts += [(name, text) for name, text in (("Tax number", document.tax_number),) if text]
        facts += [("Receipt number", document.number)] if document.number else []
        facts += [("Order", document.order), ("Date", self._day(document.paid_at))]
        if document.methods:
            facts.append(("Paid with", ", ".join(self._translate(method) for method in document.methods)))
        return facts

    def _heads(self) -> None:
        self.page.text(LEFT, self.y, self._translate("Item"), size=9, bold=True)
        for x, name in ((QUANTITY, "Quantity"), (PRICE, "Unit price"), (RIGHT, "Amount")):
            self.page.text(x, self.y, self._translate(name), size=9, bold=True, end=True)
        self.page.line(LEFT, self.y + 7, RIGHT, gray=0.4)
        self._down(24)

    def _line(self, line: Line) -> None:
        for number, part in enumerate(
            self.page.wrapped(_short(str(line.title), self.most_title), QUANTITY - LEFT - 60) or ["–"]
        ):
            if number == 0:
                self.page.text(QUANTITY, self.y, str(line.quantity), end=True)
                self.page.text(PRICE, self.y, self._money(line.unit_price_minor), end=True)
                self.page.text(RIGHT, self.y, self._money(line.unit_price_minor * line.quantity), end=True)
            self.page.text(LEFT, self.y, part)
            self._down(14)
        self.page.line(LEFT, self.y - 6, RIGHT)
        self._down(8)

    def _sums(self) -> None:
        document = self.paper
        self._down(6)
        if document.discount_minor:
            self._sum(self._translate("Subtotal"), self._money(document.total_minor + document.discount_minor))
            self._sum(self._translate("Discount"), self._money(-document.discount_minor))
        self._sum(self._translate("Paid"), self._money(document.total_minor), bold=True)
        for label, minor in document.taxes:
            self._sum(self._translate(label), self._money(minor))
        for minor, moment in document.refunds:
            self._sum(self._translate("Refunded on %(day)s") % {"day": self._day(moment)}, self._money(-minor))
        self._down(24)
        hints = ["Test mode: no money was charged."] if document.is_test else []
        for hint in (*hints, "This is a receipt for your payment, not a tax invoice."):
            for part in self.page.wrapped(self._translate(hint), RIGHT - LEFT, size=9):
                self.page.text(LEFT, self.y, part, size=9)
                self._down(13)
        for line in (document.support, *document.footer.splitlines()):
            for part in self.page.wrapped(line, RIGHT - LEFT, size=9):
                self.page.text(LEFT, self.y, part, size=9)
                self._down(13)

    def _sum(self, name: str, amount: str, *, bold: bool = False) -> None:
        self.page.text(PRICE, self.y, name, bold=bold, end=True)
        self.page.text(RIGHT, self.y, amount, bold=bold, end=True)
        self._down(18)

    def _down(self, points: float) -> None:
        self.y += points
        if self.y > FOOT:
            self.page.new_page()
            self.y = 76.0


def _short(text: str, most: int = MAX_TEXT) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"

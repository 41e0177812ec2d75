"""The receipt on paper: one PDF in the buyer's language; in English where that cannot be written for want of fonts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
MAX_FACT = 400  # an address in one line; of who is named, nothing is left out


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
    # Who it is made out to: company, address and tax number, a line each. `corrects` is another receipt's number.
    company: Sequence[str] = ()
    company_tax_number: str = ""
    corrects: str = ""


def parties(seller: Mapping[str, str], buyer: Mapping[str, str]) -> dict[str, Any]:
    """Who sold and for whom it is, of a paper, as receipts and credit notes keep them."""
    people = filter(None, (buyer.get("company", ""), buyer.get("name", "")))
    return {
        "merchant": seller["name"],
        "address": seller["address"],
        "tax_number": seller["tax_number"],
        "support": ", ".join(filter(None, (seller["email"], seller["phone"]))),
        "footer": seller["footer"],
        "company": (*people, *buyer.get("address", "").splitlines()),
        "company_tax_number": buyer.get("tax_number", ""),
    }


def receipt_pdf(document: ReceiptDocument) -> bytes:
    """The file."""
    language = match(document.locale) or DEFAULT
    return Writer(document, language if writes(language) else DEFAULT).write()


class Writer:
    """Writes it from top to bottom, on as many pages as it takes."""

    title, number_name = "Receipt", "Receipt number"

    def __init__(self, document: ReceiptDocument, language: str) -> None:
        self.paper, self.language, self.y = document, language, 76.0
        self.most_title = min(MAX_TEXT, max(LEAST_TITLE, MAX_TITLES // max(1, len(document.lines))))
        self.page = Document(f"{self.say(self.title)} {document.order}", language)

    def say(self, words: str) -> str:
        """In the language of the paper."""
        return translate(words, self.language)

    def show_money(self, minor: int) -> str:
        """In the way of the language, as far as the fonts can write it."""
        text = format_money(minor, self.paper.currency, self.language)
        return text if self.page.can_show(text) else f"{self.paper.currency} {plain(minor, self.paper.currency)}"

    def _day(self, moment: datetime) -> str:
        there = moment.astimezone(ZoneInfo(self.paper.time_zone)).date()
        return str(format_date(there, "long", locale=self.language.replace("-", "_")))

    def write(self) -> bytes:
        document = self.paper
        self.page.text(LEFT, self.y, self.say(self.title), size=22, bold=True)
        if document.is_test:
            self.page.text(RIGHT, self.y, self.say("Test mode"), size=11, end=True)
        self.go_down(34)
        for name, value in self.facts():
            self.page.text(LEFT, self.y, self.say(name) if name else "")
            for number, part in enumerate(self.page.wrapped(_short(value, MAX_FACT), RIGHT - LEFT - 120)):
                self.go_down(14 if number else 0)
                self.page.text(LEFT + 120, self.y, part)
            self.go_down(18)
        self.go_down(18)
        self.write_body()
        return self.page.content()

    def write_body(self) -> None:
        """What was bought and what it comes to."""
        self._heads()
        for line in self.paper.lines:
            self._line(line)
        self._sums()

    def facts(self) -> list[tuple[str, str]]:
        """Names and values; a further line of a value has no name."""
        document = self.paper
        facts = [("Sold by", document.merchant), *(("", line) for line in document.address.splitlines())]
        facts += [(name, text) for name, text in (("Tax number", document.tax_number),) if text]
        facts += [("Billed to" if not at else "", line) for at, line in enumerate(document.company)]
        facts += [("Tax number", document.company_tax_number)] if document.company_tax_number else []
        facts += [(self.number_name, document.number)] if document.number else []
        facts += [("Corrects receipt", document.corrects)] if document.corrects else []
        facts += [("Order", document.order), ("Date", self._day(document.paid_at))]
        if document.methods:
            facts.append(("Paid with", ", ".join(self.say(method) for method in document.methods)))
        return facts

    def _heads(self) -> None:
        self.page.text(LEFT, self.y, self.say("Item"), size=9, bold=True)
        for x, name in ((QUANTITY, "Quantity"), (PRICE, "Unit price"), (RIGHT, "Amount")):
            self.page.text(x, self.y, self.say(name), size=9, bold=True, end=True)
        self.page.line(LEFT, self.y + 7, RIGHT, gray=0.4)
        self.go_down(24)

    def _line(self, line: Line) -> None:
        for number, part in enumerate(
            self.page.wrapped(_short(str(line.title), self.most_title), QUANTITY - LEFT - 60) or ["–"]
        ):
            if number == 0:
                self.page.text(QUANTITY, self.y, str(line.quantity), end=True)
                self.page.text(PRICE, self.y, self.show_money(line.unit_price_minor), end=True)
                self.page.text(RIGHT, self.y, self.show_money(line.unit_price_minor * line.quantity), end=True)
            self.page.text(LEFT, self.y, part)
            self.go_down(14)
        self.page.line(LEFT, self.y - 6, RIGHT)
        self.go_down(8)

    def _sums(self) -> None:
        document = self.paper
        self.go_down(6)
        if document.discount_minor:
            self.write_sum(self.say("Subtotal"), self.show_money(document.total_minor + document.discount_minor))
            self.write_sum(self.say("Discount"), self.show_money(-document.discount_minor))
        self.write_sum(self.say("Paid"), self.show_money(document.total_minor), bold=True)
        for label, minor in document.taxes:
            self.write_sum(self.say(label), self.show_money(minor))
        for minor, moment in document.refunds:
            self.write_sum(self.say("Refunded on %(day)s") % {"day": self._day(moment)}, self.show_money(-minor))
        self.go_down(24)
        hints = ["Test mode: no money was charged."] if document.is_test else []
        if not document.company:
            hints.append("This is a receipt for your payment, not a tax invoice.")
        self.write_end(hints)

    def write_end(self, hints: Sequence[str]) -> None:
        """The last lines: what is to be said, whom to ask, and the footer."""
        document = self.paper
        for hint in hints:
            for part in self.page.wrapped(self.say(hint), RIGHT - LEFT, size=9):
                self.page.text(LEFT, self.y, part, size=9)
                self.go_down(13)
        for line in (document.support, *document.footer.splitlines()):
            for part in self.page.wrapped(line, RIGHT - LEFT, size=9):
                self.page.text(LEFT, self.y, part, size=9)
                self.go_down(13)

    def write_sum(self, name: str, amount: str, *, bold: bool = False) -> None:
        """One name and amount, at the end of the line."""
        self.page.text(PRICE, self.y, name, bold=bold, end=True)
        self.page.text(RIGHT, self.y, amount, bold=bold, end=True)
        self.go_down(18)

    def go_down(self, points: float) -> None:
        """So far, or to the next page."""
        self.y += points
        if self.y > FOOT:
            self.page.new_page()
            self.y = 76.0


def _short(text: str, most: int = MAX_TEXT) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"

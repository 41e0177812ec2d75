"""A partner's statement on paper: a PDF in the partner's language, of any length; in English where that cannot be
written for want of fonts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from app.core.files.pdf import PAGE_HEIGHT, PAGE_WIDTH, writes
from app.core.files.pdf_stream import StreamedDocument
from app.core.i18n.language import DEFAULT, match
from app.core.i18n.marks import N_
from app.core.ids import show
from app.core.money import exponent, format_money, plain
from app.texts.translate import translate

LEFT, RIGHT, FOOT = 40, PAGE_WIDTH - 40, PAGE_HEIGHT - 60
# Where the columns begin, and where amounts end.
KIND, ITEM, ORDER, AMOUNT = 112, 216, 318, 496
LINE, SMALL = 15, 8
BALANCE = N_("Balance")
TITLE = N_("Settlement statement")
KINDS = {
    "share": N_("Share"),
    "fee": N_("Fee"),
    "share_reversed": N_("Share taken back"),
    "fee_reversed": N_("Fee given back"),
    "adjustment": N_("Adjustment"),
    "payout": N_("Payout"),
    "returned": N_("Payout returned"),
}
# What stands in the summary, and the kinds of lines that it sums.
SUMS = (
    (N_("Shares of your sales"), ("share",)),
    (N_("Taken back by refunds"), ("share_reversed",)),
    (N_("Fees"), ("fee", "fee_reversed")),
    (N_("Adjustments"), ("adjustment",)),
    (N_("Payouts"), ("payout", "returned")),
)


@dataclass(frozen=True, kw_only=True)
class Paper:
    """What stands at its head; amounts in minor units, `sums` by kind of line."""

    merchant: str
    partner: str
    is_test: bool
    locale: str
    time_zone: str
    number: int
    currency: str
    cut_off_at: datetime
    closed_at: datetime
    opening_minor: int
    closing_minor: int
    total_minor: int
    pending_minor: int
    reserve_kept_minor: int
    reserve_returned_minor: int
    sums: Mapping[str, int]


class Line(Protocol):
    """One line of it."""

    @property
    def at(self) -> datetime:
        """When it happened."""

    @property
    def kind(self) -> str:
        """One of KINDS."""

    @property
    def order_id(self) -> UUID | None:
        """Of which order, if of any."""

    @property
    def title(self) -> str:
        """What was sold."""

    @property
    def amount_minor(self) -> int:
        """+ for the partner."""

    @property
    def balance_minor(self) -> int:
        """After it."""


def settlement_pdf(paper: Paper, lines: Iterable[Line]) -> Iterator[bytes]:
    """The file, page by page. Without lines it is the summary alone."""
    language = match(paper.locale) or DEFAULT
    return _Writer(paper, language if writes(language) else DEFAULT).pieces(lines)


class _Writer:
    def __init__(self, paper: Paper, language: str) -> None:
        self.paper, self.language, self.zone = paper, language, ZoneInfo(paper.time_zone)
        self.page = StreamedDocument(f"{self._say(TITLE)} {paper.number}", language)
        self.kinds = {kind: self.page.cut(self._say(text), ITEM - KIND - 6, size=SMALL) for kind, text in KINDS.items()}
        self.titles = lru_cache(2_000)(lambda title: self.page.cut(title, ORDER - ITEM - 6, size=SMALL))
        self.number = lru_cache(5_000)(self._number)
        self.day = lru_cache(1_000)(self._day)

    def pieces(self, lines: Iterable[Line]) -> Iterator[bytes]:
        y, is_first = self._head(), True
        for line in lines:
            if is_first or y > FOOT:
                if not is_first or y > FOOT - 6 * LINE:
                    self.page.new_page()
                    yield self.page.taken()
                    y = 60.0
                y, is_first = self._columns(y), False
            self._line(line, y)
            y += LINE
        yield from self.page.rest()

    def _head(self) -> float:
        page, paper = self.page, self.paper
        page.text(LEFT, 70, self._say(TITLE), size=20, bold=True)
        if paper.is_test:
            page.text(RIGHT, 70, self._say(N_("Test mode")), size=11, end=True)
        y = 102.0
        for name, value in (
            (N_("Business"), paper.merchant),
            (N_("Partner"), paper.partner),
            (N_("Statement number"), str(paper.number)),
            (N_("Cut-off"), self._moment(paper.cut_off_at)),
            (N_("Closed"), self._moment(paper.closed_at)),
        ):
            page.text(LEFT, y, self._say(name))
            page.text(ITEM, y, page.cut(value, RIGHT - ITEM))
            y += 17
        y = self._summary(y + 17)
        return y + 24

    def _summary(self, y: float) -> float:
        paper = self.paper
        rows = [(N_("Opening balance"), paper.opening_minor, True)]
        for name, kinds in SUMS:
            if any(kind in paper.sums for kind in kinds):
                rows.append((name, sum(paper.sums.get(kind, 0) for kind in kinds), False))
        rows.append((N_("Closing balance"), paper.closing_minor, True))
        for name, minor, is_bold in rows:
            y = self._sum(name, minor, y, bold=is_bold)
        self.page.line(LEFT, y - 8, RIGHT)
        y += 10
        if paper.reserve_kept_minor:
            y = self._sum(N_("Kept as a reserve"), -paper.reserve_kept_minor, y)
        if paper.reserve_returned_minor:
            y = self._sum(N_("Reserve returned"), paper.reserve_returned_minor, y)
        y = self._sum(N_("Paid by this statement"), paper.total_minor, y, bold=True)
        return (
            self._sum(N_("Cleared, but not in a statement yet"), paper.pending_minor, y) if paper.pending_minor else y
        )

    def _sum(self, name: str, minor: int, y: float, *, bold: bool = False) -> float:
        self.page.text(LEFT, y, self._say(name), bold=bold)
        self.page.text(RIGHT, y, self._money(minor), bold=bold, end=True)
        return y + 18

    def _columns(self, y: float) -> float:
        page = self.page
        for x, name in ((LEFT, N_("Date")), (KIND, N_("Posting")), (ITEM, N_("Item")), (ORDER, N_("Order"))):
            page.text(x, y, self._say(name), size=SMALL, bold=True)
        page.text(AMOUNT, y, self._say(N_("Amount")), size=SMALL, bold=True, end=True)
        page.text(RIGHT, y, f"{self._say(BALANCE)}, {self.paper.currency}", size=SMALL, bold=True, end=True)
        page.line(LEFT, y + 6, RIGHT, gray=0.4)
        return y + LINE + 6

    def _line(self, line: Line, y: float) -> None:
        page = self.page
        page.text(LEFT, y, self.day(line.at.astimezone(self.zone).date()), size=SMALL)
        page.text(KIND, y, self.kinds[line.kind], size=SMALL)
        if line.order_id:
            page.text(ITEM, y, self.titles(line.title), size=SMALL)
            page.text(ORDER, y, show("ord", line.order_id), size=SMALL - 1)
        page.text(AMOUNT, y, self.number(line.amount_minor), size=SMALL, end=True)
        page.text(RIGHT, y, self.number(line.balance_minor), size=SMALL, end=True)

    def _say(self, text: str) -> str:
        return translate(text, self.language)

    def _money(self, minor: int) -> str:
        text = format_money(minor, self.paper.currency, self.language)
        return text if self.page.can_show(text) else f"{self.paper.currency} {plain(minor, self.paper.currency)}"

    def _number(self, minor: int) -> str:
        """Without the currency, which stands at the head of the column."""
        places = exponent(self.paper.currency)
        pattern = "#,##0" + ("." + "0" * places if places else "")
        value = Decimal(plain(minor, self.paper.currency))
        text = format_decimal(value, pattern, locale=self._locale, numbering_system="default")
        return text if self.page.can_show(text) else plain(minor, self.paper.currency)

    def _day(self, day: date) -> str:
        return str(format_date(day, "medium", locale=self._locale))

    def _moment(self, moment: datetime) -> str:
        there = moment.astimezone(self.zone)
        return f"{format_date(there.date(), 'long', locale=self._locale)}, {there:%H:%M} {self.paper.time_zone}"

    @property
    def _locale(self) -> str:
        return self.language.replace("-", "_")

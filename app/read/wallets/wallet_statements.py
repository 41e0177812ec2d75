"""A wallet's statement for a period: what was in it, every posting, and what was in it then; as CSV and PDF."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.core import db
from app.core.errors import Invalid
from app.core.ids import first_at, show
from app.core.money import plain
from app.domain.accounts.business.models import Business
from app.lib.csv_text import written
from app.read.wallets.wallets import Entry, statement

MAX_DAYS, MAX_LINES, AT_ONCE = 366, 10_000, 1_000
HEAD = ("Date", "Posting", "Movement", "Order", "Amount", "Balance", "Currency")


@dataclass(frozen=True)
class WalletStatement:
    """The first and the last day, in the business's time zone; amounts in minor units; lines oldest first."""

    merchant: str
    time_zone: str
    currency: str
    since: date
    until: date
    opening_minor: int
    lines: tuple[Entry, ...]

    @property
    def closing_minor(self) -> int:
        """What was in it at the end of the last day."""
        return self.lines[-1].balance_minor if self.lines else self.opening_minor

    @property
    def period(self) -> str:
        """Its days as people read them."""
        return f"{self.since} to {self.until}"

    @property
    def file_name(self) -> str:
        """Without an ending, and without the buyer, who may be nobody's to read."""
        return f"statement-{self.currency}-{self.since}-{self.until}"

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The lines between the opening and the closing balance, as texts in the order of HEAD."""
        yield (str(self.since), "Opening balance", "", "", "", plain(self.opening_minor, self.currency), self.currency)
        for line in self.lines:
            row = line.row
            yield (
                str(row.created_at.astimezone(ZoneInfo(self.time_zone)).date()),
                line.kind.replace("_", " ").capitalize(),
                show("txn", row.transaction_id) if row.transaction_id else "",
                show("ord", row.order_id) if row.order_id else "",
                plain(line.amount_minor, self.currency),
                plain(line.balance_minor, self.currency),
                self.currency,
            )
        yield (str(self.until), "Closing balance", "", "", "", plain(self.closing_minor, self.currency), self.currency)


def wallet_statement(business_id: uuid.UUID, *, buyer: str, currency: str, since: date, until: date) -> WalletStatement:
    """Of the wallet of this buyer, from the first day to the last; empty where there was nothing.

    Raises:
        Invalid: the period ends before it begins, is longer than MAX_DAYS, or has more than MAX_LINES postings.
    """
    if not since <= until < since + timedelta(days=MAX_DAYS):
        raise _wrong(f"Choose a period of at most {MAX_DAYS} days.")
    with db.reading(business_id):
        business = db.first(select(Business.name, Business.time_zone).where(Business.id == business_id))
    assert business is not None
    zone = ZoneInfo(business.time_zone)
    begins, ends = (first_at(datetime.combine(day, time(), zone)) for day in (since, until + timedelta(days=1)))
    found: list[Entry] = []
    before, is_whole = ends, False
    while not is_whole:
        page = statement(business_id, buyer=buyer, currency=currency, before=before, limit=AT_ONCE)
        inside = [line for line in page[:AT_ONCE] if line.row.id >= begins]
        found += inside
        if len(found) > MAX_LINES:
            raise _wrong(f"There are more than {MAX_LINES:,} postings. Choose a shorter period.")
        is_whole = len(inside) < AT_ONCE or len(page) <= AT_ONCE
        before = inside[-1].row.id if inside else before
    before_it = page[0].balance_minor if page else 0
    opening_minor = found[-1].balance_minor - found[-1].amount_minor if found else before_it
    return WalletStatement(
        business.name, business.time_zone, currency, since, until, opening_minor, tuple(reversed(found))
    )


def as_csv(made: WalletStatement) -> str:
    """The statement as CSV, safe to open in a spreadsheet."""
    return "".join(written([HEAD, *made.rows()]))


def _wrong(text: str) -> Invalid:
    return Invalid("invalid_parameter", text, details={"param": "until"})

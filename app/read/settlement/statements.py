"""The statement of a settlement batch: from where the one before ended, by each entry and posting, to where this one
ends. A closed batch never changes, and neither does its statement."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from heapq import merge

from sqlalchemy import func, select

from app.core import db
from app.core.ids import show
from app.core.money import plain
from app.domain.accounts.business.models import Business
from app.domain.settlement.batches.models import SettlementBatch, SettlementPosting
from app.domain.settlement.partners.models import Partner
from app.lib import csv_text, sheets
from app.read.settlement.batches import StatementLine, entries, items, lines_of, postings
from app.texts.settlement_document import Paper, settlement_pdf

CHUNK, PIECE = 1_000, 64_000
MAX_MAILED = 3_000  # lines of a PDF that goes with a mail: some 200 kB
COLUMNS = ("at", "kind", "order_id", "title", "amount", "balance", "currency", "id")
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "json": "application/json",
}


@dataclass(frozen=True)
class Line:
    """An entry, or a posting besides clearing, in minor units of the statement's currency, + for the partner;
    `balance_minor` is right after it. `order_id` and `title` are of the entry's line, else None and empty."""

    id: uuid.UUID
    at: datetime
    kind: str
    order_id: uuid.UUID | None
    title: str
    amount_minor: int
    balance_minor: int

    @property
    def shown_id(self) -> str:
        """Its id as people see it: an entry's, or that of the posting."""
        return show("cle" if self.order_id else "lde", self.id)


@dataclass(frozen=True)
class Statement:
    """A batch with its partner and business; `sums` are minor units by kind of line. What the ledger owed the partner
    when it was closed is `owed_minor`."""

    row: SettlementBatch
    partner: Partner
    merchant: str
    mode: str
    sums: Mapping[str, int]

    @property
    def owed_minor(self) -> int:
        """The closing balance, and what was cleared but is in no batch."""
        return self.row.closing_minor + self.row.pending_minor

    @property
    def file_name(self) -> str:
        """Without an ending."""
        return f"statement-{show('sba', self.row.id)}"

    def lines(self) -> Iterator[Line]:
        """Everything between the opening and the closing balance, in the order in which it happened."""
        balance_minor = self.row.opening_minor
        found = merge(self._entries(), self._postings(), key=lambda each: each.id)
        for each in found:
            balance_minor += each.amount_minor
            yield Line(each.id, each.at, each.kind, each.order_id, each.title, each.amount_minor, balance_minor)

    def _entries(self) -> Iterator[_Part]:
        last = uuid.UUID(int=0)
        while True:
            query = lines_of(self.row.business_id, self.row.id).where(items.c.id > last)
            with db.reading(self.row.business_id):
                found: Sequence[StatementLine] = db.rows(query.order_by(items.c.id).limit(CHUNK))
            for row in found:
                yield _Part(row.id, row.created_at, row.kind, row.order_id, row.title, row.amount_minor)
            if len(found) < CHUNK:
                return
            last = found[-1].id

    def _postings(self) -> Iterator[_Part]:
        query = select(postings).where(
            postings.c.business_id == self.row.business_id, postings.c.batch_id == self.row.id
        )
        with db.reading(self.row.business_id):
            found: Sequence[SettlementPosting] = db.rows(query.order_by(postings.c.id))
        for row in found:
            yield _Part(row.id, row.posted_at, row.kind, None, "", row.amount_minor)


@dataclass(frozen=True)
class _Part:
    id: uuid.UUID
    at: datetime
    kind: str
    order_id: uuid.UUID | None
    title: str
    amount_minor: int


def statement_of(business_id: uuid.UUID, batch_id: uuid.UUID) -> Statement:
    """The statement of a batch.

    Raises:
        NotFound: the business has no such batch.
    """
    of_entries = (
        select(entries.c.kind, func.sum(entries.c.amount_minor).label("minor"))
        .join(items, (items.c.business_id == entries.c.business_id) & (items.c.id == entries.c.id))
        .where(items.c.business_id == business_id, items.c.batch_id == batch_id)
        .group_by(entries.c.kind)
    )
    of_postings = (
        select(postings.c.kind, func.sum(postings.c.amount_minor).label("minor"))
        .where(postings.c.business_id == business_id, postings.c.batch_id == batch_id)
        .group_by(postings.c.kind)
    )
    with db.reading(business_id):
        row = db.get(SettlementBatch, batch_id)
        partner = db.get(Partner, row.partner_id)
        sums = {each.kind: int(each.minor) for each in (*db.rows(of_entries), *db.rows(of_postings))}
        business = db.first(select(Business.name, Business.mode).where(Business.id == business_id))
    assert business is not None
    return Statement(row, partner, business.name, business.mode, sums)


def written(made: Statement, ending: str) -> Iterator[bytes]:
    """The statement as a file of one of MEDIA_TYPES, piece by piece, in the partner's language where there is text. The
    same batch makes the same figures for ever."""
    if ending == "csv":
        return _gathered(text.encode() for text in csv_text.written(_rows(made)))
    if ending == "xlsx":
        return sheets.as_xlsx(_cells(made))
    return _gathered(_json(made)) if ending == "json" else settlement_pdf(paper_of(made), made.lines())


def attached(business_id: uuid.UUID, batch_id: uuid.UUID) -> tuple[str, bytes, bool]:
    """The statement for a mail: the file's name and content as PDF, and whether it has every line. Of more than
    MAX_MAILED it is the summary alone. Raises as `statement_of` does."""
    made = statement_of(business_id, batch_id)
    is_whole = made.row.entry_count <= MAX_MAILED
    lines = made.lines() if is_whole else ()
    return f"{made.file_name}.pdf", b"".join(settlement_pdf(paper_of(made), lines)), is_whole


def paper_of(made: Statement) -> Paper:
    """What stands at the head of the statement on paper."""
    row = made.row
    return Paper(
        merchant=made.merchant,
        partner=made.partner.name,
        is_test=made.mode == "test",
        locale=made.partner.locale,
        time_zone=made.partner.time_zone,
        number=row.number,
        currency=row.currency,
        cut_off_at=row.cut_off_at,
        closed_at=row.created_at,
        opening_minor=row.opening_minor,
        closing_minor=row.closing_minor,
        total_minor=row.total_minor,
        pending_minor=row.pending_minor,
        reserve_kept_minor=row.reserve_kept_minor,
        reserve_returned_minor=row.reserve_returned_minor,
        sums=made.sums,
    )


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same in pieces that are worth sending."""
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) > PIECE:
            yield bytes(held)
            held.clear()
    yield bytes(held)


def _rows(made: Statement) -> Iterator[tuple[str, ...]]:
    row, currency = made.row, made.row.currency
    yield COLUMNS
    yield ("", "opening_balance", "", "", "", plain(row.opening_minor, currency), currency, "")
    for line in made.lines():
        yield (
            _moment(line.at),
            line.kind,
            show("ord", line.order_id) if line.order_id else "",
            line.title,
            plain(line.amount_minor, currency),
            plain(line.balance_minor, currency),
            currency,
            line.shown_id,
        )
    yield ("", "closing_balance", "", "", "", plain(row.closing_minor, currency), currency, "")
    for kind, minor in (("reserve_kept", -row.reserve_kept_minor), ("reserve_returned", row.reserve_returned_minor)):
        if minor:
            yield ("", kind, "", "", plain(minor, currency), "", currency, "")
    yield ("", "total", "", "", plain(row.total_minor, currency), "", currency, show("sba", row.id))
    yield ("", "pending", "", "", plain(row.pending_minor, currency), "", currency, "")


def _cells(made: Statement) -> Iterator[Sequence[str | Decimal]]:
    """The same for a spreadsheet, whose amounts are numbers."""
    rows = _rows(made)
    yield next(rows)
    for row in rows:
        yield [Decimal(cell) if place in (4, 5) and cell else cell for place, cell in enumerate(row)]


def _json(made: Statement) -> Iterator[bytes]:
    row = made.row
    head = {
        "settlement_batch_id": show("sba", row.id),
        "partner_id": show("par", row.partner_id),
        "number": row.number,
        "currency": row.currency,
        "cut_off_at": _moment(row.cut_off_at),
        "opening_minor": row.opening_minor,
        "closing_minor": row.closing_minor,
        "total_minor": row.total_minor,
        "reserve_kept_minor": row.reserve_kept_minor,
        "reserve_returned_minor": row.reserve_returned_minor,
        "pending_minor": row.pending_minor,
        "owed_minor": made.owed_minor,
    }
    yield (json.dumps(head)[:-1] + ', "lines": [').encode()
    separator = ""
    for line in made.lines():
        yield (separator + json.dumps(_member(line), ensure_ascii=False)).encode()
        separator = ", "
    yield b"]}"


def _member(line: Line) -> dict[str, str | int | None]:
    return {
        "id": line.shown_id,
        "at": _moment(line.at),
        "kind": line.kind,
        "order_id": show("ord", line.order_id) if line.order_id else None,
        "title": line.title,
        "amount_minor": line.amount_minor,
        "balance_minor": line.balance_minor,
    }


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")

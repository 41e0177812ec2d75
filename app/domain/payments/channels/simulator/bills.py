"""Pretend Pay's bill: CSV, a line of sums for each currency, the number of movements at its end, its hash beside it."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

from app.core.money import MAX_MINOR, Money
from app.domain.payments import bill_files
from app.domain.payments.bills import BillRow
from app.domain.payments.channels.simulator.answers import Unreadable

PROOF = "X-Content-SHA256"
MAX_BYTES = 50_000_000
COLUMNS = ["type", "trade_no", "out_trade_no", "out_refund_no", "amount", "currency", "fee", "status", "at"]
KINDS = {"payment": 1, "refund": -1}


def rows_in(content: bytes, proof: str) -> tuple[BillRow, ...]:
    """The movements in the file. Raises Unreadable."""
    return bill_files.read(f"{__name__}:read_file", content, BillRow, proof=proof)


def read_file(file: BinaryIO, *, proof: str) -> Iterator[list[Any]]:
    """The same, as a process of its own tells them."""
    return bill_files.found(lambda: rows_of(file.read(), proof))


def rows_of(content: bytes, proof: str) -> tuple[BillRow, ...]:
    """The movements in the file. Raises Unreadable: hash, a line or a sum does not fit."""
    if hashlib.sha256(content).hexdigest() != proof:
        raise Unreadable("the hash is not that of the file")
    try:
        head, *lines = csv.reader(io.StringIO(content.decode(), newline=""))
    except (ValueError, csv.Error) as error:
        raise Unreadable("no CSV") from error
    if head != COLUMNS or not lines or any(len(line) != len(COLUMNS) for line in lines):
        raise Unreadable("lines of another shape")
    movements = [line for line in lines if line[0] in KINDS]
    totals = [line for line in lines[:-1] if line[0] == "total"]
    if lines[-1][:2] != ["end", str(len(movements))] or len(lines) != len(movements) + len(totals) + 1:
        raise Unreadable("cut off")
    rows = tuple(_row(line) for line in movements)
    _check(rows, totals)
    return rows


def _check(rows: tuple[BillRow, ...], totals: list[list[str]]) -> None:
    stated = {line[5]: (_whole(line[1]), _whole(line[4]), _whole(line[6])) for line in totals}
    made = {}
    for currency in {row.amount.currency for row in rows}:
        same = [row for row in rows if row.amount.currency == currency]
        amounts = (row.amount.minor if row.kind == "charge" else -row.amount.minor for row in same)
        made[currency] = (len(same), sum(amounts), sum(row.fee.minor for row in same))
    if stated != made:
        raise Unreadable("the sums are not those of the lines")


def _row(line: list[str]) -> BillRow:
    kind, trade_no, out_trade_no, out_refund_no, amount, currency, fee, _, at = line
    sign = KINDS[kind]
    minor = sign * _whole(amount)
    if not 0 < minor <= MAX_MINOR or len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise Unreadable("a line without amount")
    our_ref = out_trade_no if sign > 0 else out_refund_no
    if not (trade_no and out_trade_no and our_ref):
        raise Unreadable("a line without number")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise Unreadable("a line without its time") from error
    if moment.tzinfo is None:
        raise Unreadable("a line without its time")
    return BillRow(
        kind="charge" if sign > 0 else "refund",
        our_ref=our_ref,
        charge_ref=out_trade_no,
        channel_ref=trade_no,
        amount=Money(minor, currency),
        fee=Money(_whole(fee), currency),
        at=moment,
    )


def _whole(text: str) -> int:
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 15:
        raise Unreadable("a number that is none")
    return int(text)

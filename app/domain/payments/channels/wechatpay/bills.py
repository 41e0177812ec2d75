"""The bill of a day: its address and hash are asked for, the file fetched, every line and every sum read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from app.core.money import MAX_MINOR, Money
from app.domain.payments import bill_files
from app.domain.payments.bills import Bill, BillRow
from app.domain.payments.channels.types import (
    Outcome,
    Settings,
)
from app.domain.payments.channels.wechatpay import verified_calls, wire
from app.lib.archives import gunzip
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, text

BEIJING = timezone(timedelta(hours=8))
MAX_UNPACKED_BYTES = 100_000_000
AMOUNT = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,5}))?", re.ASCII)
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", re.ASCII)
UNITS = 100_000  # they write fees to the thousandth of a fen
KINDS = {"SUCCESS": 1, "REFUND": -1}
NEEDED = (
    *("交易时间", "微信订单号", "商户订单号", "交易状态", "货币种类", "微信退款单号", "商户退款单号"),
    *("手续费", "订单金额", "申请退款金额"),
)
# sum at the end → the column it is of
SUMS = {"手续费总金额": "手续费", "订单总金额": "订单金额", "申请退款总金额": "申请退款金额"}
COUNT = "总交易单数"

Cells = dict[str, str]


def read_bill(settings: Settings, day: date) -> Bill:
    """The bill of a day in China. They make it from 9:00 of the next one."""
    found: list[tuple[str, str]] = []

    def read(data: Json) -> Outcome:
        if text(data, "hash_type") != "SHA1":
            raise Unreadable("a hash of a kind we do not know")
        found.append((path_of_file(settings, text(data, "download_url")), text(data, "hash_value").lower()))
        return Outcome(status="succeeded")

    path = f"/v3/bill/tradebill?bill_date={day.isoformat()}&bill_type=ALL&tar_type=GZIP"
    answer = verified_calls.call(settings, "bill", "GET", path, None, read)
    if not found:
        return Bill.without_file(day, answer)
    where, expected = found[0]
    try:
        packed, fetched = wire.fetch(settings, where)
    except wire.NoFile as error:
        return Bill(day=day, status="unknown", message=str(error), exchanges=[*answer.exchanges, error.exchange])
    exchanges = [*answer.exchanges, fetched]
    try:
        rows = bill_files.read(f"{__name__}:read_file", packed, BillRow, expected=expected)
        return Bill(day=day, status="ready", rows=rows, sha256=hashlib.sha256(packed).hexdigest(), exchanges=exchanges)
    except Unreadable as error:
        return Bill(day=day, status="unknown", message=f"unusable file: {error}", exchanges=exchanges)


def read_file(file: BinaryIO, *, expected: str) -> Iterator[list[Any]]:
    """The movements in the gzip file with this hash, as a process of its own tells them."""
    return bill_files.found(lambda: rows_of(_unpacked(file.read(), expected)))


def _unpacked(packed: bytes, expected: str) -> bytes:
    content = gunzip(packed, most_bytes=MAX_UNPACKED_BYTES)
    if hashlib.sha1(content, usedforsecurity=False).hexdigest() != expected:
        raise Unreadable("the hash is not that of the file")
    return content


def rows_of(content: bytes) -> tuple[BillRow, ...]:
    """The movements in the file. Raises Unreadable: a line does not fit, or the sums do not."""
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise Unreadable("not UTF-8") from error
    if len(lines) < 3 or not lines[0].startswith(NEEDED[0]) or not lines[-2].startswith(COUNT):
        raise Unreadable("cut off")
    columns, rows, sums = _columns(lines[0], NEEDED), [], dict.fromkeys(SUMS, 0)
    for line in lines[1:-2]:
        cells = _cells(columns, line)
        rows.append(_row(cells))
        for name, column in SUMS.items():
            sums[name] += _units(cells[column])
    stated = _cells(_columns(lines[-2], (COUNT, *SUMS)), lines[-1])
    if stated[COUNT] != str(len(rows)) or any(_units(stated[name]) != made for name, made in sums.items()):
        raise Unreadable("the sums are not those of the lines")
    return tuple(rows)


def path_of_file(settings: Settings, named: str) -> str:
    """Of the address that they name the path and the token, when it is the path that files have: our signed request
    goes to the host of the settings whatever they say."""
    where = urlsplit(named)
    if where.path != f"{urlsplit(settings['base_url'].rstrip('/')).path}/v3/billdownload/file":
        raise Unreadable("this is no address of a bill")
    return f"{where.path}?{where.query}"


def _columns(head: str, needed: tuple[str, ...]) -> list[str]:
    columns = head.split(",")
    if missing := [name for name in needed if name not in columns]:
        raise Unreadable(f"columns missing: {', '.join(missing)}")
    return columns


def _cells(columns: list[str], line: str) -> Cells:
    """The cells of a line by column: each begins with a back-tick, so that commas in between mean nothing."""
    cells = line[1:].split(",`")
    if not line.startswith("`") or len(columns) != len(cells):
        raise Unreadable("a line has not as many cells as there are columns")
    return dict(zip(columns, map(str.strip, cells), strict=True))


def _row(cells: Cells) -> BillRow:
    """What was asked back counts, whatever has become of it since: the bill is a picture of its day."""
    sign, currency = KINDS.get(cells["交易状态"]), cells["货币种类"]
    if sign is None or len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise Unreadable("a line of a kind we do not know")
    amount, rest = divmod(_units(cells["订单金额" if sign > 0 else "申请退款金额"]), UNITS // 100)
    our_ref = cells["商户订单号" if sign > 0 else "商户退款单号"]
    channel_ref = cells["微信订单号" if sign > 0 else "微信退款单号"]
    if rest or not 0 < amount <= MAX_MINOR or not (our_ref and channel_ref and cells["商户订单号"]):
        raise Unreadable("a line without amount or number")
    return BillRow(
        kind="charge" if sign > 0 else "refund",
        our_ref=our_ref,
        charge_ref=cells["商户订单号"],
        channel_ref=channel_ref,
        amount=Money(amount, currency),
        fee=Money(sign * _half_up(abs(_units(cells["手续费"]))), currency),
        at=_moment(cells["交易时间"]),
    )


def _moment(text: str) -> datetime:
    if not TIME.fullmatch(text):
        raise Unreadable("a line without its time")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=BEIJING)
    except ValueError as error:
        raise Unreadable("a line without its time") from error


def _units(text: str) -> int:
    """The amount in hundred thousandths of a yuan."""
    found = AMOUNT.fullmatch(text)
    if found is None:
        raise Unreadable("an amount that is none")
    units = int(found[2]) * UNITS + int((found[3] or "").ljust(5, "0"))
    return -units if found[1] else units


def _half_up(units: int) -> int:
    """In whole fen."""
    size = UNITS // 100
    return (units + size // 2) // size

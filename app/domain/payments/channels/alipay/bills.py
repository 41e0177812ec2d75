"""The bill of a day: its address is asked for, the file fetched and unpacked, every line and every sum read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256
from typing import Any, BinaryIO

from app.core.money import MAX_MINOR, Money
from app.domain.payments import bill_files
from app.domain.payments.bills import Bill, BillRow
from app.domain.payments.channels.alipay import answers, gateway
from app.domain.payments.channels.alipay.answers import Unreadable
from app.domain.payments.channels.alipay.gateway import CHINA, NoFile
from app.domain.payments.channels.types import (
    Outcome,
    Settings,
)
from app.lib.archives import unzip
from app.lib.json_types import Json

METHOD = "alipay.data.dataservice.bill.downloadurl.query"
MAX_UNPACKED_BYTES = 100_000_000
AMOUNT = re.compile(r"(-?)([0-9]{1,12})\.([0-9]{2})", re.ASCII)
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", re.ASCII)
KINDS = {"交易": 1, "退款": -1}
SUMS = {
    "charge": re.compile(r"#交易合计：([0-9]+)笔，[^0-9]*?共(-?[0-9.]+)元", re.ASCII),
    "refund": re.compile(r"#退款合计：([0-9]+)笔，[^0-9]*?共(-?[0-9.]+)元", re.ASCII),
}
FIRST_COLUMN, NAME_COLUMN = "支付宝交易号", "商品名称"
NEEDED = (
    *(FIRST_COLUMN, "商户订单号", "业务类型", NAME_COLUMN, "完成时间", "订单金额（元）", "商家实收（元）"),
    *("退款批次号/请求号", "服务费（元）"),
)

Cells = dict[str, str]


def read_bill(settings: Settings, day: date) -> Bill:
    """The bill of a day in China. They make it in the morning of the next one."""
    found: list[str] = []

    def read(data: Json) -> Outcome:
        found.append(answers.text(data, "bill_download_url"))
        return Outcome(status="succeeded")

    answer = gateway.call(settings, "bill", METHOD, {"bill_type": "trade", "bill_date": day.isoformat()}, read)
    if not found:
        return Bill.without_file(day, answer)
    try:
        content, fetched = gateway.fetch(settings, found[0])
    except NoFile as error:
        return Bill(day=day, status="unknown", message=str(error), exchanges=[*answer.exchanges, error.exchange])
    exchanges = [*answer.exchanges, fetched]
    try:
        rows = bill_files.read(f"{__name__}:read_file", content, BillRow)
        return Bill(day=day, status="ready", rows=rows, sha256=sha256(content).hexdigest(), exchanges=exchanges)
    except Unreadable as error:
        return Bill(day=day, status="unknown", message=f"unusable file: {error}", exchanges=exchanges)


def read_file(file: BinaryIO) -> Iterator[list[Any]]:
    """The movements in the zip file, as a process of its own tells them."""
    return bill_files.found(lambda: rows_of(file.read()))


def rows_of(packed: bytes) -> tuple[BillRow, ...]:
    """The movements in the zip file.

    Raises:
        Unpackable: it is damaged. Unreadable: a line does not fit, or the sums do not.
    """
    members = unzip(packed, most_bytes=MAX_UNPACKED_BYTES)
    lists = [lines for lines in map(_lines, members) if any(line.startswith(FIRST_COLUMN) for line in lines)]
    if len(lists) != 1:
        raise Unreadable("there is not one list of movements")
    lines, rows = lists[0], []
    counts, received = dict.fromkeys(SUMS, 0), dict.fromkeys(SUMS, 0)
    for cells in _movements(lines):
        row = _row(cells)
        rows.append(row)
        counts[row.kind] += 1
        received[row.kind] += _fen(cells["商家实收（元）"])
    for kind, pattern in SUMS.items():
        stated = next((match for line in lines if (match := pattern.match(line))), None)
        if stated is None:
            raise Unreadable("cut off")
        if (int(stated[1]), abs(_fen(stated[2]))) != (counts[kind], abs(received[kind])):
            raise Unreadable("the sums are not those of the lines")
    return tuple(rows)


def _lines(member: bytes) -> list[str]:
    try:
        return member.decode("gb18030").split("\n")
    except UnicodeDecodeError as error:
        raise Unreadable("not in GBK") from error


def _movements(lines: list[str]) -> Iterator[Cells]:
    """The cells of each movement by column. A comma in the name of what was sold is not quoted, so that a line with
    too many cells has them there. Raises Unreadable."""
    start = next(at for at, line in enumerate(lines) if line.startswith(FIRST_COLUMN))
    columns = [column.strip() for column in lines[start].split(",")]
    if missing := [name for name in NEEDED if name not in columns]:
        raise Unreadable(f"columns missing: {', '.join(missing)}")
    name = columns.index(NAME_COLUMN)
    for line in lines[start + 1 :]:
        if line.startswith("#"):
            return
        cells = [cell.strip() for cell in line.split(",")]
        more = len(cells) - len(columns)
        if more > 0:
            cells[name : name + more + 1] = [",".join(cells[name : name + more + 1])]
        if len(cells) != len(columns):
            raise Unreadable("a line is too short")
        yield dict(zip(columns, cells, strict=True))
    raise Unreadable("cut off")


def _row(cells: Cells) -> BillRow:
    """A refund and the fee that goes back with it are negative there, a fee that is kept as well."""
    sign, charge_ref = KINDS.get(cells["业务类型"]), cells["商户订单号"]
    if sign is None:
        raise Unreadable("a line of a kind we do not know")
    our_ref = charge_ref if sign > 0 else cells["退款批次号/请求号"] or charge_ref
    amount, fee = abs(_fen(cells["订单金额（元）"])), abs(_fen(cells["服务费（元）"]))
    if not 0 < amount <= MAX_MINOR or not charge_ref or not cells[FIRST_COLUMN]:
        raise Unreadable("a line without amount or number")
    return BillRow(
        kind="charge" if sign > 0 else "refund",
        our_ref=our_ref,
        charge_ref=charge_ref,
        channel_ref=cells[FIRST_COLUMN],
        amount=Money(amount, answers.CURRENCY),
        fee=Money(sign * fee, answers.CURRENCY),
        at=_moment(cells["完成时间"]),
    )


def _moment(text: str) -> datetime:
    if not TIME.fullmatch(text):
        raise Unreadable("a line without its time")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=CHINA)
    except ValueError as error:
        raise Unreadable("a line without its time") from error


def _fen(text: str) -> int:
    found = AMOUNT.fullmatch(text)
    if found is None:
        raise Unreadable("an amount that is none")
    minor = int(found[2]) * 100 + int(found[3])
    return -minor if found[1] else minor

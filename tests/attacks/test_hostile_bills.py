"""A bill that is small on its way and large when it is unpacked costs the worker, which money waits for, nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import resource
import time
import zipfile
from typing import Any

import pytest

from app.domain.payments import bill_files
from app.domain.payments.bills import BillRow
from app.domain.payments.channels.alipay import bills as alipay
from app.domain.payments.channels.simulator import bills as simulator
from app.domain.payments.channels.wechatpay import bills as wechatpay
from app.lib.file_errors import BadFile
from app.lib.strict_json import Unreadable
from tests.contracts.test_bill_files import ALIPAY, WECHATPAY, zipped

LARGE = 99_000_000


def _zip(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", content)
    return out.getvalue()


def _wechatpay(content: bytes) -> tuple[Any, bytes, dict[str, str]]:
    return wechatpay, gzip.compress(content), {"expected": hashlib.sha1(content, usedforsecurity=False).hexdigest()}


def _simulator(content: bytes) -> tuple[Any, bytes, dict[str, str]]:
    return simulator, content, {"proof": hashlib.sha256(content).hexdigest()}


BOMBS = {
    "a zip of empty lines": lambda: (alipay, _zip(b"\n" * LARGE), {}),
    "a zip of zeros": lambda: (alipay, _zip(bytes(LARGE)), {}),
    "a zip of many lists": lambda: (alipay, _zip(b"\n".join([alipay.FIRST_COLUMN.encode("gbk")] * 5_000_000)), {}),
    "a zip beyond the limit": lambda: (alipay, _zip(bytes(LARGE + 2_000_000)), {}),
    "gzip of empty lines": lambda: _wechatpay(wechatpay.NEEDED[0].encode() + b"\n" * LARGE),
    "gzip of one line": lambda: _wechatpay(b"`" * LARGE),
    "a hash of something else": lambda: (wechatpay, gzip.compress(b"x"), {"expected": "0" * 40}),
    "lines without end": lambda: _simulator(b"\n" * 49_000_000),
}


@pytest.mark.early
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_hostile_bill_is_refused_at_no_cost_of_ours(bomb: str) -> None:
    channel, content, result = BOMBS[bomb]()
    before_kb, began_s = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()

    with pytest.raises(Unreadable):
        bill_files.read(f"{channel.__name__}:read_file", content, BillRow, **result)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 60_000
    assert time.process_time() - began_s < 1.0


def test_honest_bills_are_read_there_as_they_are_here() -> None:
    _, packed, result = _wechatpay(WECHATPAY.encode())

    there = bill_files.read(f"{wechatpay.__name__}:read_file", packed, BillRow, **result)

    assert there == wechatpay.rows_of(WECHATPAY.encode())
    assert bill_files.read(f"{alipay.__name__}:read_file", zipped(ALIPAY), BillRow) == alipay.rows_of(zipped(ALIPAY))


def test_more_movements_than_a_day_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bill_files, "MAX_ROWS", 1)

    with pytest.raises(BadFile, match="more than 1 movements"):
        list(bill_files.found(lambda: alipay.rows_of(zipped(ALIPAY))))

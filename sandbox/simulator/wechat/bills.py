"""The day's bill as WeChat Pay writes it: CSV with a back-tick before every value, sums at the end, perhaps gzipped."""

import gzip
import hashlib
from typing import Any

from sandbox.simulator import bills
from sandbox.simulator.bills import FEE_BPS, Line
from sandbox.simulator.fields import Refusal
from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Database, Row
from sandbox.simulator.wechat import answers

COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def make(
    db: Database, merchant: Row, day: str, *, is_packed: bool, script: Script | None
) -> tuple[str, dict[str, Any]]:
    """Writes the bill and puts it by: the token it is fetched with, and by what it can be checked, which is the hash
    of the file before it was packed. Raises: Refusal."""
    found = bills.lines(db, merchant["mchid"], day, zone=answers.BEIJING, script=script)
    if not found:
        raise Refusal(404, "bill_not_ready", "账单文件不存在")
    content = _written(found, merchant).encode()
    token = bills.store(db, merchant["mchid"], gzip.compress(content) if is_packed else content, script)
    return token, {"hash_type": "SHA1", "hash_value": hashlib.sha1(content, usedforsecurity=False).hexdigest()}


def _written(found: list[Line], merchant: Row) -> str:
    paid = sum(line.amount for line in found if line.kind == "payment")
    back = -sum(line.amount for line in found if line.kind == "refund")
    sums = (len(found), _yuan(paid), _yuan(back), "0.00", _fee(sum(line.amount for line in found)), _yuan(paid))
    lines = (COLUMNS, *(_ticked(_cells(line, merchant)) for line in found), SUMS, _ticked((*sums, _yuan(back))), "")
    return "\ufeff" + "\r\n".join(lines)


def _cells(line: Line, merchant: Row) -> tuple[object, ...]:
    is_refund = line.kind == "refund"
    paid, back = _yuan(0 if is_refund else line.amount), _yuan(-line.amount if is_refund else 0)
    return (
        answers.clock(line.at)[:19].replace("T", " "),
        *(merchant["appid"], merchant["mchid"], "0", "", line.trade_no, line.out_trade_no, "oPretendBuyer", "NATIVE"),
        *("REFUND" if is_refund else "SUCCESS", "OTHERS", line.currency, paid, "0.00"),
        *(line.refund_no or "0", line.out_refund_no or "0", back, "0.00"),
        *(("ORIGINAL", "SUCCESS") if is_refund else ("", "")),
        line.subject.replace(",", " "),
        *("", _fee(line.amount), f"{FEE_BPS / 100:.2f}%", paid, back, ""),
    )


def _ticked(cells: tuple[object, ...]) -> str:
    return ",".join(f"`{cell}" for cell in cells)


def _yuan(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _fee(amount: int) -> str:
    """The fee of an amount in fen, to the thousandth of a fen."""
    size = abs(amount) * FEE_BPS // 10
    return f"{'-' if amount < 0 else ''}{size // 100_000}.{size % 100_000:05d}"

"""Bill files as the companies really write them, and what is refused of them."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.core.money import Money
from app.domain.payments.channels.alipay import bills as alipay
from app.domain.payments.channels.alipay import gateway as alipay_gateway
from app.domain.payments.channels.wechatpay import bills as wechatpay
from app.lib.archives import Unpackable, gunzip
from app.lib.strict_json import Unreadable

FILES = Path(__file__).parent / "files"
ALIPAY = (FILES / "alipay_bill.csv").read_text()
WECHATPAY = "\ufeff" + (FILES / "wechatpay_bill.csv").read_text().replace("\n", "\r\n")


def zipped(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("20880000000000000156_20260301_业务明细.csv", text.encode("gbk"))
        archive.writestr("20880000000000000156_20260301_业务明细(汇总).csv", "门店编号,门店名称\n合计,\n".encode("gbk"))
    return out.getvalue()


def test_alipay_writes_fees_with_the_sign_of_the_merchants_money() -> None:
    charge, refund = alipay.rows_of(zipped(ALIPAY))

    assert (charge.kind, charge.our_ref, charge.channel_ref) == ("charge", "att_a", "2026030122001")
    assert (charge.amount, charge.fee) == (Money(1980, "CNY"), Money(12, "CNY"))
    assert charge.at == datetime(2026, 3, 1, 2, 55, 23, tzinfo=UTC)
    assert (refund.kind, refund.our_ref, refund.charge_ref) == ("refund", "att_b", "att_a")
    assert (refund.amount, refund.fee) == (Money(500, "CNY"), Money(-3, "CNY"))


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("19.30元", "19.31元"),
        ("交易合计：1笔", "交易合计：2笔"),
        ("#退款合计", "#其他合计"),
        ("退款\t", "转账\t"),
        ("商户订单号", "订单号"),
        ("19.80,19.30", "19.8,19.30"),
        ("2026-03-01 10:55:23", "yesterday"),
        ("att_a\t,退款", "\t,退款"),
        ("#---", "---"),
    ],
)
def test_a_changed_alipay_file_is_refused(there: str, instead: str) -> None:
    assert there in ALIPAY

    with pytest.raises(Unreadable):
        alipay.rows_of(zipped(ALIPAY.replace(there, instead)))


def test_wechat_pay_writes_fees_to_the_thousandth_of_a_fen() -> None:
    charge, refund = wechatpay.rows_of(WECHATPAY.encode())

    assert (charge.kind, charge.our_ref, charge.channel_ref) == ("charge", "att_a", "42001")
    assert (charge.amount, charge.fee) == (Money(1980, "CNY"), Money(12, "CNY"))
    assert (refund.kind, refund.our_ref, refund.charge_ref, refund.channel_ref) == ("refund", "att_b", "att_a", "50001")
    assert (refund.amount, refund.fee) == (Money(500, "CNY"), Money(-3, "CNY"))
    assert refund.at == datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("`2,`19.30", "`3,`19.30"),
        ("`0.08880", "`0.08890"),
        ("`19.80,`5.00\r", "`19.81,`5.00\r"),
        ("`REFUND", "`REVOKED"),
        ("商户订单号", "订单号"),
        ("`att_b", "`"),
        ("`19.80,`0.00", "`19.801,`0.00"),
        ("总交易单数", "总单数"),
        ("`50001,", ""),
    ],
)
def test_a_changed_wechat_pay_file_is_refused(there: str, instead: str) -> None:
    assert there in WECHATPAY

    with pytest.raises(Unreadable):
        wechatpay.rows_of(WECHATPAY.replace(there, instead).encode())


def test_files_come_from_where_the_settings_say() -> None:
    gateways = {
        "https://openapi.alipay.com/gateway.do": "https://dwbillcenter.alipay.com",
        "https://openapi-sandbox.dl.alipaydev.com/gateway.do": "https://dwbillcenter.alipaydev.com",
        "https://alipay.com.example/gateway.do": "https://alipay.com.example",
    }

    assert {each: alipay_gateway.files_at({"base_url": each}) for each in gateways} == gateways
    for named in ("https://evil.example/v3/refund", "https://api.mch.weixin.qq.com/v3/billdownload/file/../refund"):
        with pytest.raises(Unreadable):
            wechatpay.path_of_file({"base_url": "https://api.mch.weixin.qq.com"}, named)


def test_a_small_file_cannot_become_a_huge_one() -> None:
    bomb = gzip.compress(b"0" * 1_000_000)

    assert len(gunzip(bomb, most_bytes=1_000_000)) == 1_000_000
    for packed, most in ((bomb, 999_999), (bomb[:-9], 1_000_000), (b"no archive", 100)):
        with pytest.raises(Unpackable):
            gunzip(packed, most_bytes=most)

"""The day's bill as Alipay writes it: a zip of two files in GBK, the movements and their sums by shop."""

import io
import zipfile

from sandbox.simulator import bills
from sandbox.simulator.alipay import answers
from sandbox.simulator.bills import Line
from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Database, Row

COLUMNS = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
    "订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,"
    "券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
SUMS = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,服务费（元）,实收净额（元）"
RULE, END_RULE = "#" + "-" * 41 + "业务明细列表" + "-" * 40, "#" + "-" * 41 + "业务明细列表结束" + "-" * 36


def make(db: Database, app: Row, day: str, script: Script | None) -> str:
    """Writes the bill and puts it by; the token it is fetched with. Raises: Refusal."""
    found = bills.lines(db, app["app_id"], day, zone=answers.CHINA, script=script)
    account, stamp = f"{app['seller_id']}0156", day.replace("-", "")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{account}_{stamp}_业务明细.csv", _movements(found, account, day).encode("gbk", "replace"))
        archive.writestr(f"{account}_{stamp}_业务明细(汇总).csv", _by_shop(found, account).encode("gbk"))
    return bills.store(db, app["app_id"], out.getvalue(), script)


def _movements(found: list[Line], account: str, day: str) -> str:
    return "\r\n".join(
        (
            "#支付宝业务明细查询",
            f"#账号：[{account}]",
            f"#起始日期：[{day} 00:00:00]   终止日期：[{day} 24:00:00]",
            RULE,
            COLUMNS,
            *(_line(line) for line in found),
            END_RULE,
            _sum(found, "交易合计", "商家实收共", "商家优惠共", "payment"),
            _sum(found, "退款合计", "商家实收退款共", "商家优惠退款共", "refund"),
            f"#导出时间：[{day} 09:00:00]",
            "",
        )
    )


def _line(line: Line) -> str:
    amount = answers.yuan(line.amount)
    subject = line.subject.replace(",", "，").replace("\n", " ")
    cells = (
        f"{line.trade_no}\t",
        f"{line.out_trade_no}\t",
        "交易\t" if line.kind == "payment" else "退款\t",
        subject,
        answers.clock(line.opened_at),
        answers.clock(line.at),
        *("\t",) * 4,
        "pre***@example.com\t",
        amount,
        amount,
        *("0.00",) * 5,
        "",
        "0.00\t",
        "0.00",
        f"{line.out_refund_no}\t",
        answers.yuan(-line.fee),
        "0.00",
        "",
    )
    return ",".join(cells)


def _sum(found: list[Line], name: str, amounts: str, discounts: str, kind: str) -> str:
    same = [line.amount for line in found if line.kind == kind]
    return f"#{name}：{len(same)}笔，{amounts}{answers.yuan(sum(same))}元，{discounts}0.00元"


def _by_shop(found: list[Line], account: str) -> str:
    counts = [sum(line.kind == kind for line in found) for kind in ("payment", "refund")]
    whole, fees = sum(line.amount for line in found), -sum(line.fee for line in found)
    sums = ("合计\t", "", *counts, *(answers.yuan(each) for each in (whole, whole, fees, whole + fees)))
    return "\r\n".join(("#支付宝业务汇总查询", f"#账号：[{account}]", SUMS, ",".join(map(str, sums)), ""))

"""Every method that is called: our word for what it does, and what it does."""

from collections.abc import Callable
from typing import Any

from sandbox.simulator.alipay import agreements, complaints, trades, transfers
from sandbox.simulator.alipay.trades import Call
from sandbox.simulator.store import Database

Action = Callable[[Database, Call], dict[str, Any]]

METHODS: dict[str, tuple[str, Action]] = {
    "alipay.trade.precreate": ("create", trades.precreate),
    "alipay.trade.query": ("query", trades.query),
    "alipay.trade.close": ("close", trades.close),
    "alipay.trade.refund": ("refund", trades.refund),
    "alipay.trade.fastpay.refund.query": ("query_refund", trades.query_refund),
    "alipay.fund.trans.uni.transfer": ("payout", transfers.transfer),
    "alipay.fund.trans.common.query": ("query_payout", transfers.query),
    "alipay.data.dataservice.bill.downloadurl.query": ("bill", trades.bill_url),
    "alipay.user.agreement.query": ("query_contract", agreements.query),
    "alipay.user.agreement.unsign": ("end_contract", agreements.unsign),
    "alipay.merchant.tradecomplain.query": ("query_dispute", complaints.query),
    "alipay.merchant.tradecomplain.reply.submit": ("submit_evidence", complaints.reply),
    "alipay.trade.pay": ("deduct", agreements.deduct),
}

"""What Alipay's words mean here, on one screen. What is not listed is never taken for money moved or refused."""

from __future__ import annotations

from app.domain.payments.channels.types import ContractStatus, Status

# A declined card leaves the trade waiting: the buyer tries another one on their page. A trade that was refunded in
# full is closed as well, but then we know it as succeeded and nothing undoes that.
TRADE_STATUS: dict[str, Status] = {
    "WAIT_BUYER_PAY": "pending",
    "TRADE_SUCCESS": "succeeded",
    "TRADE_FINISHED": "succeeded",
    "TRADE_CLOSED": "cancelled",
}

# scene → their method and product, and what the buyer's browser has to do
PAGES = {
    "web": ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
    "mobile": ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
}

# Their word for a contract. What the buyer has not signed, or what ended, they do not know.
CONTRACT_STATUS: dict[str, ContractStatus] = {
    "TEMP": "pending",
    "NORMAL": "active",
    "STOP": "paused",
    "UNSIGN": "ended",
}

# How a transfer stands. REFUND: it had arrived, and the payee's bank sent it back.
TRANSFER_STATUS: dict[str, Status] = {
    "SUCCESS": "succeeded",
    "DEALING": "pending",
    "WAIT_PAY": "pending",
    "FAIL": "failed",
    "CLOSED": "failed",
    "REFUND": "returned",
}

# They take no such signs in a subject.
NOT_IN_A_SUBJECT = str.maketrans("/=&", "   ")
MAX_SUBJECT_LENGTH = 128

SUCCESS = "10000"
NOT_YET = "10003"  # of a deduction: begun, and the buyer is asked first
# Codes of the gateway itself, said before any business was done: arguments, signature, permissions.
NEVER_BEGUN = ("40001", "40002", "40003", "40006", "20001")

# why money cannot be taken under a contract → our word
DEDUCTION_REFUSALS = {
    "ACQ.BUYER_BALANCE_NOT_ENOUGH": "insufficient_funds",
    "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH": "insufficient_funds",
    "ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE": "declined",
    "ACQ.AGREEMENT_NOT_EXIST": "contract_ended",
    "ACQ.AGREEMENT_INVALID": "contract_ended",
    "ACQ.AGREEMENT_STATUS_NOT_NORMAL": "contract_paused",
    "ACQ.TRADE_BUYER_NOT_MATCH": "contract_ended",
    "ACQ.BUYER_NOT_EXIST": "account_closed",
    "ACQ.BUYER_ENABLE_STATUS_FORBID": "account_closed",
    "ACQ.PAYMENT_REQUEST_HAS_RISK": "risk_rejected",
    "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR": "limit_exceeded",
    "ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR": "limit_exceeded",
    "ACQ.BEYOND_PAY_RESTRICTION": "limit_exceeded",
    "ACQ.BEYOND_PER_RECEIPT_RESTRICTION": "limit_exceeded",
    "ACQ.PRODUCT_AMOUNT_LIMIT_ERROR": "limit_exceeded",
    "ACQ.TOTAL_FEE_EXCEED": "limit_exceeded",
    "ACQ.MERCHANT_AGREEMENT_NOT_EXIST": "channel_misconfigured",
    "ACQ.MERCHANT_AGREEMENT_INVALID": "channel_misconfigured",
    "ACQ.PARTNER_ERROR": "channel_misconfigured",
    "ACQ.ACCESS_FORBIDDEN": "channel_unavailable",
    "ACQ.SELLER_BEEN_BLOCKED": "channel_unavailable",
    "ACQ.INVALID_PARAMETER": "invalid_request",
    "ACQ.EXIST_FORBIDDEN_WORD": "invalid_request",
}

# why money cannot be transferred → our word
TRANSFER_REFUSALS = {
    "PAYER_BALANCE_NOT_ENOUGH": "insufficient_merchant_balance",
    "BALANCE_IS_NOT_ENOUGH": "insufficient_merchant_balance",
    "PAYEE_NOT_EXIST": "payee_rejected",
    "PAYEE_USER_INFO_ERROR": "payee_rejected",
    "PERM_AML_NOT_REALNAME_REV": "payee_rejected",
    "NO_ACCOUNT_USER_FORBBIDEN_RECIEVE": "payee_rejected",
    "BLOCK_USER_FORBBIDEN_RECIEVE": "payee_rejected",
    "PAYEE_TRUSTEESHIP_ACC_OVER_LIMIT": "limit_exceeded",
    "EXCEED_LIMIT_UNRN_DM_AMOUNT": "limit_exceeded",
    "EXCEED_LIMIT_SM_AMOUNT": "limit_exceeded",
    "EXCEED_LIMIT_DM_MAX_AMOUNT": "limit_exceeded",
    "EXCEED_LIMIT_MM_MAX_AMOUNT": "limit_exceeded",
    "PAYEE_USERINFO_STATUS_ERROR": "account_closed",
    "PAYEE_ACCOUNT_STATUS_ERROR": "account_closed",
    "SECURITY_CHECK_FAILED": "risk_rejected",
    "REMARK_HAS_SENSITIVE_WORD": "invalid_request",
    "INVALID_PARAMETER": "invalid_request",
    "CURRENCY_NOT_SUPPORT": "invalid_request",
}

# (operation, sub_code) → outcome. Everything else, above all ACQ.SYSTEM_ERROR and code 20000, is unknown.
REFUSALS: dict[tuple[str, str], Status] = {
    ("create", "ACQ.TRADE_HAS_CLOSE"): "cancelled",
    ("create", "ACQ.INVALID_PARAMETER"): "failed",
    ("create", "ACQ.ACCESS_FORBIDDEN"): "failed",
    ("create", "ACQ.PARTNER_ERROR"): "failed",
    ("create", "ACQ.SELLER_BEEN_BLOCKED"): "failed",
    ("create", "ACQ.EXIST_FORBIDDEN_WORD"): "failed",
    ("create", "ACQ.TOTAL_FEE_EXCEED"): "failed",
    ("query", "ACQ.TRADE_NOT_EXIST"): "absent",
    ("close", "ACQ.TRADE_NOT_EXIST"): "absent",
    ("refund", "ACQ.TRADE_NOT_EXIST"): "failed",
    ("refund", "ACQ.TRADE_STATUS_ERROR"): "failed",
    ("refund", "ACQ.REASON_TRADE_STATUS_INVALID"): "failed",
    ("refund", "ACQ.TRADE_HAS_CLOSE"): "failed",
    ("refund", "ACQ.TRADE_HAS_FINISHED"): "failed",
    ("refund", "ACQ.TRADE_NOT_ALLOW_REFUND"): "failed",
    ("refund", "ACQ.REASON_TRADE_BEEN_FREEZEN"): "failed",
    ("refund", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"): "failed",
    ("refund", "ACQ.REASON_TRADE_REFUND_FEE_ERR"): "failed",
    ("refund", "ACQ.REFUND_FEE_ERROR"): "failed",
    ("refund", "ACQ.SELLER_BALANCE_NOT_ENOUGH"): "failed",
    ("refund", "ACQ.BUYER_NOT_EXIST"): "failed",
    ("refund", "ACQ.BUYER_ERROR"): "failed",
    ("refund", "ACQ.BUYER_ENABLE_STATUS_FORBID"): "failed",
    ("refund", "ACQ.INVALID_PARAMETER"): "failed",
    ("query_refund", "ACQ.TRADE_NOT_EXIST"): "absent",
    ("submit_evidence", "INVALID_PARAMETER"): "failed",
    **{("deduct", code): "failed" for code in DEDUCTION_REFUSALS},
    ("deduct", "ACQ.TRADE_HAS_CLOSE"): "cancelled",
    **{("pay_out", code): "failed" for code in TRANSFER_REFUSALS},
    ("query_pay_out", "ORDER_NOT_EXIST"): "absent",
    ("query_contract", "USER_AGREEMENT_NOT_EXIST"): "absent",
    ("end_contract", "USER_AGREEMENT_NOT_EXIST"): "absent",
    # Their manual writes the second; the gateway says the first.
    ("bill", "isp.bill_not_exist"): "absent",
    ("bill", "BILL_NOT_EXIST"): "absent",
}
# Said of a number under which money was taken before: how much is asked for.
TAKEN_BEFORE = ("ACQ.TRADE_HAS_SUCCESS", "ACQ.TRADE_HAS_FINISHED")
# Said when there is nothing left to close: how the trade ended is asked for.
TOO_LATE_TO_CLOSE = (
    "ACQ.TRADE_STATUS_ERROR",
    "ACQ.REASON_TRADE_STATUS_INVALID",
    "ACQ.REASON_ILLEGAL_STATUS",
    "ACQ.TRADE_HAS_CLOSE",
    "ACQ.TRADE_HAS_FINISHED",
)

# their reason → ours, which the buyer's page has words for
DECLINES = (
    DEDUCTION_REFUSALS
    | TRANSFER_REFUSALS
    | {
        "ACQ.TRADE_NOT_EXIST": "payment_not_found",
        "ACQ.TRADE_STATUS_ERROR": "payment_not_paid",
        "ACQ.REASON_TRADE_STATUS_INVALID": "payment_not_paid",
        "ACQ.TRADE_HAS_CLOSE": "refund_exceeds_payment",
        "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL": "refund_exceeds_payment",
        "ACQ.REASON_TRADE_REFUND_FEE_ERR": "refund_exceeds_payment",
        "ACQ.REFUND_FEE_ERROR": "refund_exceeds_payment",
        "ACQ.TRADE_HAS_FINISHED": "refund_period_over",
        "ACQ.SELLER_BALANCE_NOT_ENOUGH": "insufficient_merchant_balance",
        "ACQ.BUYER_ERROR": "account_closed",
    }
)


def subject(text: str) -> str:
    """What is sold, as they take it."""
    return text.translate(NOT_IN_A_SUBJECT)[:MAX_SUBJECT_LENGTH]


def refusal(operation: str, code: str, sub_code: str) -> Status:
    """What an answer that is no success means; `unknown` unless the tables say otherwise."""
    if operation in ("create", "deduct") and code in NEVER_BEGUN:
        return "failed"
    return REFUSALS.get((operation, sub_code), "unknown")


def decline(code: str, sub_code: str) -> str:
    """Our word for their reason; `declined` for one we have not met."""
    if code in NEVER_BEGUN:
        return "channel_misconfigured"
    return DECLINES.get(sub_code, "declined")

"""What WeChat Pay's words mean here, on one screen. What is not listed is never taken for money moved or refused."""

from __future__ import annotations

from app.domain.payments.channels.types import Status

TRADE_STATE: dict[str, Status] = {
    "SUCCESS": "succeeded",
    "REFUND": "succeeded",  # the money came, and some of it went back
    "NOTPAY": "pending",
    "USERPAYING": "pending",
    "CLOSED": "cancelled",
    "REVOKED": "cancelled",
    "PAYERROR": "failed",
}
REFUND_STATUS: dict[str, Status] = {
    "SUCCESS": "succeeded",
    "PROCESSING": "pending",
    "CLOSED": "failed",
    # The buyer's card is void or frozen. A person sends the money another way in their merchant platform; then
    # they say SUCCESS of the same refund, and that wins over this failure.
    "ABNORMAL": "failed",
}
REFUND_DECLINES = {"CLOSED": "refund_closed", "ABNORMAL": "account_closed"}

# How a transfer stands. It waits for its payee to confirm, a day at most.
TRANSFER_STATE: dict[str, Status] = {
    "ACCEPTED": "pending",
    "PROCESSING": "pending",
    "WAIT_USER_CONFIRM": "pending",
    "TRANSFERING": "pending",
    "CANCELING": "pending",
    "SUCCESS": "succeeded",
    "FAIL": "failed",
    "CANCELLED": "failed",
}
TRANSFER_FAILURES = {
    "ACCOUNT_FROZEN": "account_closed",
    "ACCOUNT_NOT_EXIST": "account_closed",
    "PAYEE_ACCOUNT_ABNORMAL": "account_closed",
    "REAL_NAME_CHECK_FAIL": "payee_rejected",
    "NAME_NOT_CORRECT": "payee_rejected",
    "OPENID_INVALID": "payee_rejected",
    "TRANSFER_REMARK_SET_FAIL": "invalid_request",
    "OVERDUE_CLOSE": "payee_rejected",  # nobody confirmed it in time
    "MERCHANT_REJECT": "declined",
    "TRANSFER_RISK": "risk_rejected",
    "DAY_RECEIVED_COUNT_EXCEED": "limit_exceeded",
    "DAY_RECEIVED_QUOTA_EXCEED": "limit_exceeded",
    "TRANSFER_QUOTA_EXCEED": "limit_exceeded",
}
# Notices of transfers have one name for every end.
TRANSFER_EVENT = "MCHTRANSFER.BILL.FINISHED"

# event of a notice → what it is about, and the state that must stand inside
EVENTS = {
    "TRANSACTION.SUCCESS": ("charge", "SUCCESS"),
    "REFUND.SUCCESS": ("refund", "SUCCESS"),
    "REFUND.CLOSED": ("refund", "CLOSED"),
    "REFUND.ABNORMAL": ("refund", "ABNORMAL"),
}

SCENES = {"qr": "native", "mobile": "h5", "app": "jsapi"}

# Their newer pages write some codes with an underline that older ones write without; both are about.
SAME = {
    "ORDERNOTEXIST": "ORDER_NOT_EXIST",
    "ORDERCLOSED": "ORDER_CLOSED",
    "NOTENOUGH": "NOT_ENOUGH",
    "NOAUTH": "NO_AUTH",
    "RULELIMIT": "RULE_LIMIT",
    "ACCOUNTERROR": "ACCOUNT_ERROR",
}

# (operation, code) of a 4xx → outcome. Everything else, above all 5xx, is unknown. OUT_TRADE_NO_USED and ORDERPAID
# are left out on purpose: the payment exists, and asking tells how it stands.
REFUSALS: dict[tuple[str, str], Status] = {
    ("create", "SIGN_ERROR"): "failed",  # nothing was opened, the buyer may choose another way
    ("create", "NO_AUTH"): "failed",
    ("create", "MCH_NOT_EXISTS"): "failed",
    ("create", "APPID_MCHID_NOT_MATCH"): "failed",
    ("create", "PARAM_ERROR"): "failed",
    ("create", "INVALID_REQUEST"): "failed",
    ("create", "OPENID_MISMATCH"): "failed",
    ("create", "RULE_LIMIT"): "failed",
    ("create", "TRADE_ERROR"): "failed",
    ("create", "ACCOUNT_ERROR"): "failed",
    ("create", "FREQUENCY_LIMITED"): "failed",
    ("create", "ORDER_CLOSED"): "cancelled",
    ("query_dispute", "RESOURCE_NOT_EXISTS"): "absent",
    ("submit_evidence", "RESOURCE_NOT_EXISTS"): "absent",
    ("submit_evidence", "INVALID_REQUEST"): "failed",
    ("submit_evidence", "PARAM_ERROR"): "failed",
    ("accept_dispute", "RESOURCE_NOT_EXISTS"): "absent",
    ("accept_dispute", "INVALID_REQUEST"): "failed",
    ("accept_dispute", "PARAM_ERROR"): "failed",
    ("query", "ORDER_NOT_EXIST"): "absent",
    ("close", "ORDER_NOT_EXIST"): "absent",
    ("close", "ORDER_CLOSED"): "cancelled",
    ("refund", "RESOURCE_NOT_EXISTS"): "failed",
    ("refund", "MCH_NOT_EXISTS"): "failed",
    ("refund", "NO_AUTH"): "failed",
    ("refund", "NOT_ENOUGH"): "failed",
    ("refund", "USER_ACCOUNT_ABNORMAL"): "failed",
    ("refund", "PARAM_ERROR"): "failed",
    ("refund", "INVALID_REQUEST"): "failed",
    ("query_refund", "RESOURCE_NOT_EXISTS"): "absent",
    ("pay_out", "NO_AUTH"): "failed",
    ("pay_out", "NOT_ENOUGH"): "failed",
    ("pay_out", "PARAM_ERROR"): "failed",
    ("pay_out", "INVALID_REQUEST"): "failed",
    ("pay_out", "OPENID_MISMATCH"): "failed",
    ("pay_out", "QUOTA_EXCEED"): "failed",
    ("query_pay_out", "NOT_FOUND"): "absent",
    ("bill", "NO_STATEMENT_EXIST"): "absent",
    ("bill", "STATEMENT_CREATING"): "absent",
}

# their reason → ours, which the buyer's page has words for
DECLINES = {
    "SIGN_ERROR": "channel_misconfigured",
    "NO_AUTH": "channel_misconfigured",
    "MCH_NOT_EXISTS": "channel_misconfigured",
    "APPID_MCHID_NOT_MATCH": "channel_misconfigured",
    "PARAM_ERROR": "invalid_request",
    "INVALID_REQUEST": "invalid_request",
    "OPENID_MISMATCH": "invalid_request",
    "RULE_LIMIT": "channel_unavailable",
    "FREQUENCY_LIMITED": "channel_unavailable",
    "RESOURCE_NOT_EXISTS": "payment_not_found",
    "NOT_ENOUGH": "insufficient_merchant_balance",
    "USER_ACCOUNT_ABNORMAL": "account_closed",
    "QUOTA_EXCEED": "limit_exceeded",
}


def refusal(operation: str, http_status: int, code: str) -> Status:
    """What an answer that is no 2xx means; `unknown` unless the table says otherwise."""
    if not 400 <= http_status < 500:
        return "unknown"
    return REFUSALS.get((operation, SAME.get(code, code)), "unknown")


def decline(code: str) -> str:
    """Our word for their reason; `declined` for one we have not met."""
    return DECLINES.get(SAME.get(code, code), "declined")

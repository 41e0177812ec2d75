"""Money that leaves through Alipay: transfers to somebody's Alipay account (`alipay.fund.trans.uni.transfer`).

The answer to a transfer does not say how much moved, so it is asked for at once. They remember a number: the same again
with the same words moves nothing more. What changes later (money that comes back) is told as a message to the app's
gateway, whose form is another than that of trades.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from app.domain.payments.channels.alipay import answers, gateway, mapping
from app.domain.payments.channels.alipay.answers import Unreadable
from app.domain.payments.channels.types import Notice, Outcome, PayoutRequest, Settings, Status
from app.domain.payments.errors import Unsupported
from app.lib.json_types import Json

MESSAGE = "alipay.fund.trans.order.changed"
PRODUCT = {"product_code": "TRANS_ACCOUNT_NO_PWD", "biz_scene": "DIRECT_TRANSFER"}
# Whom they know: a number, an open id, a mail address. Mobile numbers read like account numbers and are left out.
USER_ID, OPEN_ID, MAIL = r"2088[0-9]{12}", r"[A-Za-z0-9_-]{40,64}", r"[^@\s]{1,64}@[^@\s]{1,190}"
PAYEES = f"{USER_ID}|{OPEN_ID}|{MAIL}"
SMALLEST_MINOR = 10  # 0.10 yuan
MAX_TITLE_LENGTH = 128
MAX_REMARK_LENGTH = 200


def validate(request: PayoutRequest) -> None:
    """Raises Unsupported for what they never transfer."""
    if request.amount.minor < SMALLEST_MINOR:
        raise Unsupported("amount_unsupported", "Alipay transfers at least 0.10 yuan.")
    if "@" in request.payee_account and not request.payee_name.strip():
        raise Unsupported("payee_name_missing", "Alipay wants the holder’s name with a mail address.")


def pay_out(settings: Settings, request: PayoutRequest) -> Outcome:
    """Transfer, or find what this reference transferred. A refusal is believed when they know of no transfer: an
    earlier call whose answer was lost may have moved the money."""
    ref = request.attempt_ref
    try:
        amount = answers.yuan(request.amount)
    except ValueError as error:
        return Outcome(status="failed", decline_code="invalid_request", message=str(error))
    title = mapping.subject(request.reason)[:MAX_TITLE_LENGTH] or "payout"
    biz = {
        "out_biz_no": ref,
        "trans_amount": amount,
        **PRODUCT,
        "order_title": title,
        "payee_info": _payee(request),
        "remark": title[:MAX_REMARK_LENGTH],
    }

    def read(data: Json) -> Outcome:
        if answers.text(data, "out_biz_no") != ref:
            raise Unreadable("it refers to another transfer")
        return Outcome(status=_status(data), channel_ref=answers.text(data, "order_id"))

    made = gateway.call(settings, "pay_out", "alipay.fund.trans.uni.transfer", biz, read)
    if made.status == "unknown":
        return made
    known = query(settings, ref)
    known = replace(known, exchanges=[*made.exchanges, *known.exchanges])
    if known.status == "absent":
        return replace(made if made.status == "failed" else known, exchanges=known.exchanges)
    return known


def query(settings: Settings, ref: str) -> Outcome:
    """What became of the transfer; `absent` when they do not know it."""
    biz = {"out_biz_no": ref, **PRODUCT}
    return gateway.call(settings, "query_pay_out", "alipay.fund.trans.common.query", biz, lambda data: _read(data, ref))


def notice(fields: dict[str, str]) -> Notice:
    """The message that a transfer changed. Raises Unreadable."""
    try:
        about = json.loads(answers.text(fields, "biz_content"))
    except ValueError as error:
        raise Unreadable("biz_content is not JSON") from error
    if not isinstance(about, dict):
        raise Unreadable("biz_content is no object")
    ref = answers.text(about, "out_biz_no")
    return Notice(
        external_id=answers.text(fields, "notify_id"),
        operation="payout",
        our_ref=ref,
        merchant_ref=answers.text(fields, "app_id"),
        outcome=_read(about, ref),
    )


def _read(data: Json, ref: str) -> Outcome:
    if answers.text(data, "out_biz_no") != ref:
        raise Unreadable("it refers to another transfer")
    status, code = _status(data), answers.optional_text(data, "error_code")
    is_back = status in ("failed", "returned")
    return Outcome(
        status=status,
        amount=answers.money(data, "trans_amount"),
        channel_ref=answers.text(data, "order_id"),
        decline_code=mapping.TRANSFER_REFUSALS.get(code or "", "declined") if is_back else None,
        message=answers.optional_text(data, "fail_reason"),
    )


def _status(data: Json) -> Status:
    status = mapping.TRANSFER_STATUS.get(answers.text(data, "status"))
    if status is None:
        raise Unreadable("unknown status")
    return status


def _payee(request: PayoutRequest) -> dict[str, str]:
    account = request.payee_account
    kind = "ALIPAY_USER_ID" if re.fullmatch(USER_ID, account) else "ALIPAY_OPEN_ID"
    named = {"name": request.payee_name} if request.payee_name.strip() else {}
    return {"identity": account, "identity_type": "ALIPAY_LOGON_ID" if "@" in account else kind, **named}

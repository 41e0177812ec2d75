"""Agreements: the buyer lets the merchant deduct. Signed on Alipay's page, asked about, ended, and used."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import quote, urlencode

from app.domain.payments.channels.alipay import answers, gateway, mapping
from app.domain.payments.channels.alipay.answers import Unreadable
from app.domain.payments.channels.alipay.gateway import CHINA, Misconfigured
from app.domain.payments.channels.types import (
    ContractNotice,
    ContractOutcome,
    ContractRequest,
    ContractStatus,
    DeductionRequest,
    Exchange,
    Outcome,
    Settings,
)
from app.lib.json_types import Json

SIGN = "alipay.user.agreement.page.sign"
# The same for both products when signing; a deduction by period is made under its own name.
SIGNED_AS, DEDUCTED_AS = "GENERAL_WITHHOLDING", {"CYCLE_PAY_AUTH_P": "CYCLE_PAY_AUTH"}
CHANNELS = {"web": "QRCODE", "mobile": "ALIPAYAPP"}
UNITS = {"day": "DAY", "month": "MONTH"}
# They number agreements with letters and digits only, 32 at most: our underline is left out on the way.
OURS, THEIRS = re.compile(r"([a-z]{3})_([0-9a-z]{26})", re.ASCII), re.compile(r"([a-z]{3})([0-9a-z]{26})", re.ASCII)
NOTICES: dict[str, ContractStatus] = {"dut_user_sign": "active", "dut_user_unsign": "ended"}
MAX_NAME_LENGTH = 100
APP = "alipays://platformapi/startapp?appId=60000157&appClearTop=false&startMultApp=YES&sign_params="


def start(settings: Settings, request: ContractRequest) -> ContractOutcome:
    """Nobody is called: the address is signed, and only the buyer opens it."""
    try:
        biz = _product(settings) | _fields(request, is_by_period=settings.get("deduction_product") in DEDUCTED_AS)
        more = {"notify_url": request.notify_url, "return_url": request.return_url}
        fields = gateway.signed(settings, SIGN, biz, **more)
    except Misconfigured as error:
        return ContractOutcome(status="failed", decline_code="channel_misconfigured", message=str(error))
    except ValueError as error:
        return ContractOutcome(status="failed", decline_code="invalid_request", message=str(error))
    query = urlencode(fields)
    url = f"{settings['base_url']}?{query}"
    action = {"type": "redirect", "url": url}
    if request.scene == "mobile":
        action["app_url"] = APP + quote(query, safe="")
    exchange = Exchange(
        operation="sign", method="GET", url=url, request="", response="", http_status=None, duration_ms=0
    )
    return ContractOutcome(status="pending", action=action, exchanges=[exchange])


def query(settings: Settings, contract_ref: str, contract_no: str | None) -> ContractOutcome:
    """How it stands; `absent` before it is signed and after it ended."""
    found: list[ContractOutcome] = []

    def read(data: Json) -> Outcome:
        found.append(_agreement(data, contract_ref))
        return Outcome(status="succeeded")

    answer = _call(settings, "query_contract", "alipay.user.agreement.query", contract_ref, contract_no, read)
    return _received(answer, found[0] if answer.status == "succeeded" and found else None)


def end(settings: Settings, contract_ref: str, contract_no: str | None) -> ContractOutcome:
    """`ended` now; `absent` when there was none."""

    def read(_: Json) -> Outcome:
        return Outcome(status="succeeded")

    answer = _call(settings, "end_contract", "alipay.user.agreement.unsign", contract_ref, contract_no, read)
    ended = ContractOutcome(status="ended", contract_no=contract_no)
    return _received(answer, ended if answer.status == "succeeded" else None)


def deduct(settings: Settings, request: DeductionRequest) -> Outcome:
    """Take the money. Where they want the buyer to look first, it is pending."""
    try:
        amount = answers.yuan(request.amount)
    except ValueError as error:
        return Outcome(status="failed", decline_code="invalid_request", message=str(error))
    product = settings.get("deduction_product") or ""
    biz = {
        "out_trade_no": request.attempt_ref,
        "total_amount": amount,
        "subject": mapping.subject(request.subject),
        "product_code": DEDUCTED_AS.get(product, SIGNED_AS),
        "agreement_params": {"agreement_no": request.contract_no},
    }

    def read(data: Json) -> Outcome:
        if answers.text(data, "out_trade_no") != request.attempt_ref:
            raise Unreadable("it refers to another payment")
        trade_no = answers.text(data, "trade_no")
        if data.get("code") == mapping.NOT_YET:
            return Outcome(status="pending", amount=request.amount, channel_ref=trade_no)
        return Outcome(status="succeeded", amount=answers.money(data, "total_amount"), channel_ref=trade_no)

    return gateway.call(settings, "deduct", "alipay.trade.pay", biz, read, notify_url=request.notify_url)


def notice(fields: dict[str, str]) -> ContractNotice:
    """What a proven form says of an agreement. Raises Unreadable."""
    event, status = answers.text(fields, "notify_type"), answers.text(fields, "status")
    kind = NOTICES.get(event)
    if kind is None or mapping.CONTRACT_STATUS.get(status) != kind:
        raise Unreadable("kind and status do not fit")
    found = THEIRS.fullmatch(answers.text(fields, "external_agreement_no"))
    if found is None:
        raise Unreadable("it refers to no contract of ours")
    return ContractNotice(
        external_id=answers.text(fields, "notify_id"),
        event=event,
        our_ref=f"{found[1]}_{found[2]}",
        merchant_ref=answers.text(fields, "app_id"),
        outcome=ContractOutcome(
            status=kind, contract_no=answers.text(fields, "agreement_no"), ends_at=_moment(fields, "invalid_time")
        ),
    )


def _call(
    settings: Settings, operation: str, method: str, contract_ref: str, contract_no: str | None, read: gateway.Reader
) -> Outcome:
    try:
        about = {"external_agreement_no": _number(contract_ref)} | _product(settings)
    except (Misconfigured, ValueError) as error:
        if contract_no is None:
            return Outcome(status="unknown", decline_code="channel_misconfigured", message=str(error))
        about = {}
    return gateway.call(settings, operation, method, {"agreement_no": contract_no} if contract_no else about, read)


def _received(answer: Outcome, contract: ContractOutcome | None) -> ContractOutcome:
    if contract is None:
        contract = ContractOutcome(status="absent" if answer.status == "absent" else "unknown", message=answer.message)
    return ContractOutcome(
        status=contract.status,
        contract_no=contract.contract_no,
        ends_at=contract.ends_at,
        decline_code=answer.decline_code,
        message=contract.message,
        exchanges=answer.exchanges,
    )


def _product(settings: Settings) -> dict[str, str]:
    """Raises Misconfigured without a product and its scene."""
    product, scene = settings.get("deduction_product"), settings.get("sign_scene")
    if not product or not scene:
        raise Misconfigured("no product for deductions, or no scene, in the settings")
    return {"personal_product_code": product, "sign_scene": scene}


def _fields(request: ContractRequest, *, is_by_period: bool) -> Json:
    """Raises ValueError for what they cannot do."""
    if request.scene not in CHANNELS:
        raise ValueError(f"agreements are not signed in the scene {request.scene}"[:200])
    fields: Json = {
        "external_agreement_no": _number(request.contract_ref),
        "product_code": SIGNED_AS,
        "access_params": {"channel": CHANNELS[request.scene]},
        "external_logon_id": request.buyer_name[:MAX_NAME_LENGTH],
    }
    if not is_by_period:
        return fields
    if request.every_unit == "month" and request.first_on.day > 28:
        raise ValueError("deductions by month begin on the 28th at the latest")
    if request.every_unit == "day" and request.every_count < 7:
        raise ValueError("deductions are a week apart at least")
    return fields | {
        "period_rule_params": {
            "period_type": UNITS[request.every_unit],
            "period": str(request.every_count),
            "execute_time": request.first_on.isoformat(),
            "single_amount": answers.yuan(request.largest),
        }
    }


def _agreement(data: Json, contract_ref: str) -> ContractOutcome:
    if data.get("external_agreement_no") not in (None, _number(contract_ref)):
        raise Unreadable("it refers to another contract")
    status = mapping.CONTRACT_STATUS.get(answers.text(data, "status"))
    if status is None:
        raise Unreadable("unknown status")
    return ContractOutcome(
        status=status, contract_no=answers.text(data, "agreement_no"), ends_at=_moment(data, "invalid_time")
    )


def _moment(data: Json, name: str) -> datetime | None:
    """A time of theirs, in China; None when there is none."""
    if not data.get(name):
        return None
    try:
        return datetime.strptime(answers.text(data, name), "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
    except ValueError as error:
        raise Unreadable(f"{name} is no time") from error


def _number(contract_ref: str) -> str:
    """Raises ValueError for a reference that is none of ours."""
    found = OURS.fullmatch(contract_ref)
    if found is None:
        raise ValueError("no contract's reference")
    return found[1] + found[2]

"""WeChat Pay's objects as outcomes. Raises Unreadable for what does not fit: another number, state or merchant."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from urllib.parse import quote

from app.core.money import MAX_MINOR, Money
from app.domain.payments.channels.types import AnyNotice, Notice, Outcome, PayRequest, Settings
from app.domain.payments.channels.wechatpay import account_notices, mapping, signing
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, optional_text, read_object, text


def transaction(data: Json, ref: str) -> Outcome:
    """What became of the payment `ref`. An unpaid one may come without amount and number."""
    if text(data, "out_trade_no") != ref:
        raise Unreadable("it has another reference")
    status = mapping.TRADE_STATE.get(text(data, "trade_state"))
    if status is None:
        raise Unreadable("unknown state")
    is_paid = status == "succeeded"
    return Outcome(
        status=status,
        amount=_money(data, "total") if is_paid or data.get("amount") is not None else None,
        channel_ref=text(data, "transaction_id") if is_paid else optional_text(data, "transaction_id"),
        decline_code="declined" if status == "failed" else None,
        message=optional_text(data, "trade_state_desc"),
        means=_payer(data),
    )


def refund(data: Json, ref: str, charge_ref: str, *, state: str = "status") -> Outcome:
    """What became of the refund `ref` of the payment `charge_ref`; notices call the state `refund_status`."""
    if text(data, "out_refund_no") != ref or text(data, "out_trade_no") != charge_ref:
        raise Unreadable("it has another reference")
    status_text = text(data, state)
    status = mapping.REFUND_STATUS.get(status_text)
    if status is None:
        raise Unreadable("unknown state")
    return Outcome(
        status=status,
        amount=_money(data, "refund"),
        channel_ref=text(data, "refund_id"),
        decline_code=mapping.REFUND_DECLINES.get(status_text),
    )


def bill_no(ref: str) -> str:
    """Our reference of a transfer as they take it: letters and digits only."""
    return ref.replace("_", "")


def transfer(data: Json, ref: str) -> Outcome:
    """What became of the transfer `ref`. What answers when it is begun does not say the amount."""
    if text(data, "out_bill_no") != bill_no(ref):
        raise Unreadable("it has another reference")
    status = mapping.TRANSFER_STATE.get(text(data, "state"))
    if status is None:
        raise Unreadable("unknown state")
    reason, minor = optional_text(data, "fail_reason") or None, data.get("transfer_amount")
    if minor is not None and (type(minor) is not int or not 0 < minor <= MAX_MINOR):
        raise Unreadable("transfer_amount is not whole fen")
    return Outcome(
        status=status,
        amount=Money(minor, "CNY") if minor is not None else None,
        channel_ref=text(data, "transfer_bill_no"),
        decline_code=mapping.TRANSFER_FAILURES.get(reason or "", "declined") if status == "failed" else None,
        message=reason,
    )


def action(settings: Settings, request: PayRequest, data: Json) -> Json:
    """How the buyer goes on with a payment that was opened."""
    if request.scene == "qr":
        content = address(data, "code_url", ("weixin://", "https://", "http://"))
        return {"type": "qr", "content": content, "url": content}
    if request.scene == "mobile":
        url = address(data, "h5_url", ("https://", "http://"))
        joint = "&" if "?" in url else "?"
        return {"type": "redirect", "url": f"{url}{joint}redirect_url={quote(request.return_url, safe='')}"}
    return {"type": "app", "params": _page_parameters(settings, text(data, "prepay_id"))}


def notice(settings: Settings, body: bytes) -> AnyNotice:
    """The notice in a body that is proven to be theirs. Raises Unreadable and Distrusted."""
    outer = read_object(body)
    event = text(outer, "event_type")
    operation, state = mapping.EVENTS.get(event, ("", ""))
    resource, of_account = outer.get("resource"), _OF_ACCOUNT.get(event)
    if (
        not (operation or of_account)
        or text(outer, "resource_type") != "encrypt-resource"
        or not isinstance(resource, dict)
    ):
        raise Unreadable("a notice of a kind we do not know")
    if text(resource, "algorithm") != "AEAD_AES_256_GCM":
        raise Unreadable("sealed in a way we do not know")
    ciphertext = resource.get("ciphertext")
    if not isinstance(ciphertext, str):
        raise Unreadable("nothing sealed in it")
    opened = signing.unseal(
        settings,
        ciphertext=ciphertext,
        nonce=text(resource, "nonce"),
        associated_data=resource.get("associated_data") or "",
    )
    data = read_object(opened)
    if of_account is not None:
        return of_account(settings, text(outer, "id"), event, data)
    if not is_ours(settings, data):
        raise signing.Distrusted("wrong_merchant")
    return _opened(text(outer, "id"), operation, state, data)


def is_ours(settings: Settings, data: Json) -> bool:
    """Whether merchant and, where it is named, application are those of the settings."""
    names = text(data, "mchid"), optional_text(data, "appid") or settings.get("appid")
    return names == (settings.get("mchid"), settings.get("appid"))


def address(data: Json, name: str, schemes: tuple[str, ...]) -> str:
    """The field as an address of one of these schemes."""
    value = text(data, name)
    if not value.startswith(schemes):
        raise Unreadable(f"{name} is no address")
    return value


def _opened(external_id: str, operation: str, state: str, data: Json) -> Notice:
    is_refund = operation == "refund"
    if text(data, "refund_status" if is_refund else "trade_state") != state:
        raise Unreadable("event and state do not fit")
    ref = text(data, "out_refund_no" if is_refund else "out_trade_no")
    outcome = (
        refund(data, ref, text(data, "out_trade_no"), state="refund_status") if is_refund else transaction(data, ref)
    )
    return Notice(
        external_id=external_id,
        operation="refund" if is_refund else "charge",
        our_ref=ref,
        merchant_ref=text(data, "mchid"),
        outcome=outcome,
    )


def _transfer_notice(settings: Settings, external_id: str, _event: str, data: Json) -> Notice:
    if text(data, "mch_id") != settings.get("mchid"):
        raise signing.Distrusted("wrong_merchant")
    ref = f"att_{text(data, 'out_bill_no').removeprefix('att')}"
    outcome = transfer(data, ref)
    if outcome.status == "pending" or outcome.amount is None:
        raise Unreadable("it is not finished")
    return Notice(
        external_id=external_id,
        operation="payout",
        our_ref=ref,
        merchant_ref=text(data, "mch_id"),
        outcome=outcome,
    )


def _payer(data: Json) -> str | None:
    """Whose account it is, as this merchant's application knows it. An unpaid one may come without."""
    payer = data.get("payer")
    if payer is not None and not isinstance(payer, dict):
        raise Unreadable("payer is no object")
    return optional_text(payer, "openid") if payer else None


def _money(data: Json, name: str) -> Money:
    amount = data.get("amount")
    if not isinstance(amount, dict):
        raise Unreadable("amount is missing")
    minor, currency = amount.get(name), amount.get("currency", "CNY")  # notices of refunds leave the currency out
    if type(minor) is not int or not 0 < minor <= MAX_MINOR:
        raise Unreadable("amount is not whole fen")
    if not isinstance(currency, str) or len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise Unreadable("currency is no code")
    return Money(minor, currency)


def _page_parameters(settings: Settings, prepay_id: str) -> dict[str, str]:
    """What the page inside WeChat hands to WeixinJSBridge to ask the buyer for the password."""
    parameters = {
        "appId": settings["appid"],
        "timeStamp": signing.now_text(),
        "nonceStr": secrets.token_hex(16),
        "package": f"prepay_id={prepay_id}",
    }
    message = "".join(f"{value}\n" for value in parameters.values()).encode()
    return parameters | {"signType": "RSA", "paySign": signing.sign(settings, message)}


# event → how what it holds is read, where that is about no payment or refund
_OF_ACCOUNT: dict[str, Callable[[Settings, str, str, Json], AnyNotice]] = {
    mapping.TRANSFER_EVENT: _transfer_notice,
    **dict.fromkeys(account_notices.CONTRACTS, account_notices.contract),
    **dict.fromkeys(account_notices.COMPLAINTS, account_notices.complaint),
}

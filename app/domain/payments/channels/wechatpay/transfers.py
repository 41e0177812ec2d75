"""Money that leaves through WeChat Pay: transfers to the balance of a WeChat user (`mch-transfer/transfer-bills`).

The user takes the money by confirming it inside WeChat, within a day: until then the transfer waits, and the outcome's
action is what the merchant's page hands to `requestMerchantTransfer`. Answers to a transfer do not say how much it is
of; asking does. They take letters and digits only as a number, so our underline is left out.
"""

from __future__ import annotations

import re
from dataclasses import replace

from app.domain.payments.channels.types import Outcome, PayoutRequest, SettingField, Settings
from app.domain.payments.channels.wechatpay import reading, signing, verified_calls
from app.domain.payments.errors import Unsupported
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, optional_text

BILLS = "/v3/fund-app/mch-transfer/transfer-bills"
PAYEES = r"o[A-Za-z0-9_-]{27}"
SMALLEST_MINOR = 10  # 0.10 yuan
NAMED_FROM_MINOR = 200_000  # from 2,000 yuan on they check the name
MAX_REMARK_LENGTH = 32
REPORT = re.compile(r"\s*([^:\uff1a;\n]{1,15})[:\uff1a]([^;\n]{1,32})")
FIELDS = (
    SettingField(
        name="transfer_scene_id",
        label="Transfer scene",
        required=False,
        help="For payouts: the scene that WeChat Pay approved for transfers to balances, such as 1000.",
    ),
    SettingField(
        name="transfer_report",
        label="Transfer report",
        required=False,
        help="For payouts: what the scene asks for, as `kind: content`, separated by semicolons, such as "
        "活动名称: 新会员有礼; 奖励说明: 注册奖励.",
    ),
)


def validate(settings: Settings, request: PayoutRequest) -> None:
    """Raises Unsupported for what they never transfer, or not for this account."""
    if not settings.get("transfer_scene_id") or not report(settings):
        raise Unsupported("kind_unsupported", "Enter this account’s transfer scene and report under Channels first.")
    if request.amount.minor < SMALLEST_MINOR:
        raise Unsupported("amount_unsupported", "WeChat Pay transfers at least 0.10 yuan.")
    if request.amount.minor >= NAMED_FROM_MINOR:
        if not request.payee_name.strip():
            raise Unsupported("payee_name_missing", "From 2,000 yuan on, WeChat Pay checks the payee’s real name.")
        if not settings.get("platform_keys"):
            raise Unsupported("amount_unsupported", "From 2,000 yuan on, the account needs WeChat Pay’s public key.")


def pay_out(settings: Settings, request: PayoutRequest) -> Outcome:
    """Transfer, or find what this reference transferred. A refusal is believed when they know of no transfer: an
    earlier call whose answer was lost may have begun it."""
    ref = request.attempt_ref

    def read(data: Json) -> Outcome:
        outcome = reading.transfer(data, ref)
        package = optional_text(data, "package_info")
        return replace(outcome, action=_action(settings, package)) if package else outcome

    made = verified_calls.call(settings, "pay_out", "POST", BILLS, _body(settings, request), read)
    if made.status in ("pending", "unknown") and not _said_no(made):
        return made
    known = query(settings, ref)
    exchanges = [*made.exchanges, *known.exchanges]
    if known.status == "absent":
        return replace(made if made.status in ("failed", "unknown") else known, exchanges=exchanges)
    if _said_no(made) and known.amount != request.amount:
        return Outcome(status="unknown", message="this reference transferred another amount", exchanges=exchanges)
    return replace(known, exchanges=exchanges)


def query(settings: Settings, ref: str) -> Outcome:
    """What became of the transfer; `absent` when they do not know it."""

    def read(data: Json) -> Outcome:
        if data.get("mch_id") != settings.get("mchid"):
            raise Unreadable("it is of another merchant")
        outcome = reading.transfer(data, ref)
        if outcome.amount is None:
            raise Unreadable("transfer_amount is missing")
        return outcome

    path = f"{BILLS}/out-bill-no/{reading.bill_no(ref)}"
    return verified_calls.call(settings, "query_pay_out", "GET", path, None, read)


def report(settings: Settings) -> list[dict[str, str]]:
    """What the scene wants to know, as the account's setting tells it."""
    found = REPORT.findall(settings.get("transfer_report") or "")
    return [{"info_type": kind.strip(), "info_content": content.strip()} for kind, content in found]


def _said_no(outcome: Outcome) -> bool:
    return any(400 <= (exchange.http_status or 0) < 500 for exchange in outcome.exchanges)


def _body(settings: Settings, request: PayoutRequest) -> Json:
    body = {
        "appid": settings.get("appid", ""),
        "out_bill_no": reading.bill_no(request.attempt_ref),
        "transfer_scene_id": settings.get("transfer_scene_id", ""),
        "openid": request.payee_account,
        "transfer_amount": request.amount.minor,
        "transfer_remark": request.reason[:MAX_REMARK_LENGTH] or "payout",
        "notify_url": request.notify_url,
        "transfer_scene_report_infos": report(settings),
    }
    if request.amount.minor >= NAMED_FROM_MINOR:
        body["user_name"] = signing.sealed_for_them(settings, request.payee_name)
    return body


def _action(settings: Settings, package: str) -> Json:
    params = {"mchId": settings["mchid"], "appId": settings["appid"], "package": package}
    return {"type": "app", "params": params}

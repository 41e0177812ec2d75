"""WeChat Pay as a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from app.core.i18n.marks import N_
from app.domain.payments.bills import Bill
from app.domain.payments.channels.types import (
    TIMEOUT,
    AnyNotice,
    BillTimes,
    Capabilities,
    DisputeOutcome,
    Evidence,
    NoticeRefused,
    Outcome,
    PayoutRequest,
    PayRequest,
    RefundRequest,
    Request,
    SettingField,
    Settings,
)
from app.domain.payments.channels.wechatpay import (
    bills,
    certificates,
    complaints,
    mapping,
    reading,
    signing,
    transfers,
    verified_calls,
)
from app.domain.payments.errors import Unsupported
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable

LONGEST = {"notify_url": 255, "openid": 128, "buyer_ip": 45}
MAX_DESCRIPTION_LENGTH, MAX_REASON_LENGTH = 127, 80
REFUNDS = "/v3/refund/domestic/refunds"


class WechatPayChannel:
    """WeChat Pay. It has no state; settings come with every call."""

    name = "wechatpay"
    title = N_("WeChat Pay")
    capabilities = Capabilities(
        kinds=frozenset({"charge", "refund", "withdrawal", "payout"}),
        scenes=("qr", "mobile", "app"),
        currencies=frozenset({"CNY"}),
        bills=BillTimes(zone="Asia/Shanghai", ready_hour=10),
        required_details={"mobile": "buyer_ip", "app": "openid"},
        payer="openid",
        payees=transfers.PAYEES,
        # They have no sandbox: what a test business pays there would be real.
        hosts={"live": ("https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com")},
    )
    settings_schema: tuple[SettingField, ...] = (
        SettingField(
            name="base_url",
            label="Address",
            kind="url",
            help="https://api.mch.weixin.qq.com, or the URL of the simulated company.",
        ),
        SettingField(name="mchid", label="Merchant number", help="Ten digits, shown on the merchant platform."),
        SettingField(
            name="appid",
            label="App id",
            help="wx…: the official account, mini program or app linked to the merchant number.",
        ),
        SettingField(
            name="api_v3_key",
            label="API v3 key",
            kind="secret",
            help="The 32 characters you set under API security. Decrypts their notices.",
        ),
        SettingField(
            name="private_key",
            label="Merchant private key",
            kind="secret",
            help="The content of apiclient_key.pem. Signs our requests.",
        ),
        SettingField(
            name="merchant_serial",
            label="Merchant certificate's serial number",
            help="The serial number of the private key’s certificate.",
        ),
        SettingField(
            name="platform_keys",
            label="WeChat Pay's public keys",
            required=False,
            help="`PUB_KEY_ID_…: -----BEGIN PUBLIC KEY-----…`, several in a row during key rotation; the first is "
            "the one they should sign with. Leave empty for merchants with platform certificates, which we "
            "fetch.",
        ),
        *transfers.FIELDS,
        TIMEOUT,
    )

    def validate_request(self, settings: Settings, request: Request) -> None:
        """Raises Unsupported for what is longer than they take, and for transfers that they never make."""
        if isinstance(request, PayoutRequest):
            transfers.validate(settings, request)
        texts = {"notify_url": getattr(request, "notify_url", "")}
        if isinstance(request, PayRequest):
            texts |= request.details
        for name, longest in LONGEST.items():
            if len(texts.get(name, "")) > longest:
                raise Unsupported("text_unsupported", f"{name} has more than {longest} characters.")

    def start_payment(self, settings: Settings, request: PayRequest) -> Outcome:
        """Open the payment; the same reference again answers the same way on."""
        product = mapping.SCENES.get(request.scene)
        detail = self.capabilities.required_details.get(request.scene)
        if product is None or (detail and not request.details.get(detail)):
            words = f"the scene {request.scene} needs {detail}" if product else f"there is no scene {request.scene}"
            return Outcome(status="failed", decline_code="scene_unsupported", message=words[:200])

        def read(data: Json) -> Outcome:
            return Outcome(status="pending", action=reading.action(settings, request, data))

        body = _order(settings, request)
        return verified_calls.call(settings, "create", "POST", f"/v3/pay/transactions/{product}", body, read)

    def query_payment(self, settings: Settings, attempt_ref: str) -> Outcome:
        """What became of the payment; `absent` when they do not know it."""

        def read(data: Json) -> Outcome:
            if not reading.is_ours(settings, data):
                raise Unreadable("it is for another merchant")
            return reading.transaction(data, attempt_ref)

        path = f"{_path(attempt_ref)}?mchid={settings.get('mchid', '')}"
        return verified_calls.call(settings, "query", "GET", path, None, read)

    def close_payment(self, settings: Settings, attempt_ref: str) -> Outcome:
        """Close it. They say no more than yes or no to this, so after a no they are asked how it ended."""

        def read(_: Json) -> Outcome:
            return Outcome(status="cancelled")

        body = {"mchid": settings.get("mchid", "")}
        closed = verified_calls.call(settings, "close", "POST", f"{_path(attempt_ref)}/close", body, read)
        said_no = any(400 <= (exchange.http_status or 0) < 500 for exchange in closed.exchanges)
        if closed.status != "unknown" or not said_no:
            return closed
        queried = self.query_payment(settings, attempt_ref)
        return replace(queried, exchanges=[*closed.exchanges, *queried.exchanges])

    def refund(self, settings: Settings, request: RefundRequest) -> Outcome:
        """Give back, or find the refund this reference made."""
        body = {
            "out_trade_no": request.charge_ref,
            "out_refund_no": request.attempt_ref,
            "reason": request.reason[:MAX_REASON_LENGTH] or "refund",
            "notify_url": request.notify_url,
            "amount": {
                "refund": request.amount.minor,
                "total": request.charge_amount.minor,
                "currency": request.amount.currency,
            },
        }

        def read(data: Json) -> Outcome:
            return reading.refund(data, request.attempt_ref, request.charge_ref)

        return verified_calls.call(settings, "refund", "POST", REFUNDS, body, read)

    def query_refund(self, settings: Settings, attempt_ref: str, charge_ref: str) -> Outcome:
        """What became of the refund."""

        def read(data: Json) -> Outcome:
            return reading.refund(data, attempt_ref, charge_ref)

        return verified_calls.call(settings, "query_refund", "GET", f"{REFUNDS}/{attempt_ref}", None, read)

    def pay_out(self, settings: Settings, request: PayoutRequest) -> Outcome:
        """Transfer to the payee's balance. Mostly it waits for the payee, who goes on by the outcome's action."""
        return transfers.pay_out(settings, request)

    def query_pay_out(self, settings: Settings, attempt_ref: str) -> Outcome:
        """What became of the transfer."""
        return transfers.query(settings, attempt_ref)

    def query_dispute(self, settings: Settings, dispute_ref: str) -> DisputeOutcome:
        """How the complaint stands."""
        return complaints.query(settings, dispute_ref)

    def submit_evidence(self, settings: Settings, dispute_ref: str, evidence: Evidence) -> DisputeOutcome:
        """Answer the buyer in the complaint."""
        return complaints.reply(settings, dispute_ref, evidence)

    def accept_dispute(self, settings: Settings, dispute_ref: str) -> DisputeOutcome:
        """Say that the complaint is dealt with."""
        return complaints.complete(settings, dispute_ref)

    def read_notice(self, settings: Settings, headers: Mapping[str, str], body: bytes) -> AnyNotice:
        """The notice in these bytes, believed only after serial, signature, time, seal, shape and merchant held.

        Raises:
            NoticeRefused: `unknown_serial`, `bad_signature`, `stale`, `malformed`, `undecipherable` or
                `wrong_merchant`.
        """
        try:
            certificates.verify_notice(settings, headers, body)
            return reading.notice(settings, body)
        except signing.Distrusted as error:
            names_new = error.code == "unknown_serial" and certificates.is_fetchable(signing.serial_of(headers))
            raise NoticeRefused(error.code, wants_key=names_new) from error
        except Unreadable as error:
            raise NoticeRefused("malformed") from error

    def fetch_keys(self, settings: Settings) -> bool:
        """Fetch their platform certificates."""
        return certificates.fetch_keys(settings)

    def fetched_keys(self, settings: Settings) -> dict[str, str] | None:
        """Platform certificates that this process fetched and the account does not keep."""
        return certificates.fetched_keys(settings)

    def acknowledge(self) -> tuple[bytes, int, str]:
        """They want it within five seconds; all that counts is the status."""
        return b'{"code": "SUCCESS"}', 200, "application/json"

    def read_bill(self, settings: Settings, day: date) -> Bill:
        """The payments and refunds of a day in China. Without movements they have no bill."""
        return bills.read_bill(settings, day)


def _path(attempt_ref: str) -> str:
    return f"/v3/pay/transactions/out-trade-no/{attempt_ref}"


def _order(settings: Settings, request: PayRequest) -> Json:
    order: Json = {
        "appid": settings.get("appid", ""),
        "mchid": settings.get("mchid", ""),
        "description": request.subject[:MAX_DESCRIPTION_LENGTH],
        "out_trade_no": request.attempt_ref,
        "time_expire": request.expires_at.astimezone(bills.BEIJING).isoformat(timespec="seconds"),
        "notify_url": request.notify_url,
        "amount": {"total": request.amount.minor, "currency": request.amount.currency},
    }
    if request.scene == "mobile":
        order["scene_info"] = {"payer_client_ip": request.details["buyer_ip"], "h5_info": {"type": "Wap"}}
    elif request.scene == "app":
        order["payer"] = {"openid": request.details["openid"]}
    return order

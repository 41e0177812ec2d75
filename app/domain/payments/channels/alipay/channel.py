"""Alipay as a channel: the calls of its open platform, and the notices it sends by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

from app.core.i18n.marks import N_
from app.domain.payments.bills import Bill
from app.domain.payments.channels.alipay import (
    agreements,
    answers,
    bills,
    complaints,
    gateway,
    mapping,
    notices,
    transfers,
)
from app.domain.payments.channels.alipay.answers import Unreadable
from app.domain.payments.channels.alipay.gateway import Misconfigured
from app.domain.payments.channels.types import (
    TIMEOUT,
    AnyNotice,
    BillTimes,
    Capabilities,
    ContractOutcome,
    ContractRequest,
    DeductionRequest,
    DisputeOutcome,
    Evidence,
    Exchange,
    Notice,
    NoticeRefused,
    Outcome,
    PayoutRequest,
    PayRequest,
    RefundRequest,
    Request,
    SettingField,
    Settings,
)
from app.domain.payments.errors import Unsupported
from app.lib.json_types import Json

MAX_URL_LENGTH = 256
# What they call the buyer: in answers, in notices, and for newer apps in both.
BUYER = ("buyer_user_id", "buyer_id", "buyer_open_id")


class AlipayChannel:
    """Alipay. It has no state; settings come with every call."""

    name = "alipay"
    title = N_("Alipay")
    capabilities = Capabilities(
        kinds=frozenset({"charge", "refund", "deduction", "withdrawal", "payout"}),
        scenes=("web", "mobile", "qr"),
        currencies=frozenset({answers.CURRENCY}),
        max_minor=10_000_000_000,
        payees=transfers.PAYEES,
        bills=BillTimes(zone="Asia/Shanghai", ready_hour=10),
        hosts={
            "live": ("https://openapi.alipay.com", "https://dwbillcenter.alipay.com"),
            "test": (
                "https://openapi-sandbox.dl.alipaydev.com",
                "https://openapi.alipaydev.com",
                "https://dwbillcenter.alipaydev.com",
            ),
        },
    )
    settings_schema: tuple[SettingField, ...] = (
        SettingField(
            name="base_url",
            label="Gateway",
            kind="url",
            help="https://openapi.alipay.com/gateway.do, or the sandbox gateway.",
        ),
        SettingField(name="app_id", label="App id", help="The app’s ID on Alipay’s open platform."),
        SettingField(name="seller_id", label="Seller id", help="Your account's number; begins with 2088."),
        SettingField(
            name="app_private_key",
            label="App private key",
            kind="secret",
            help="RSA, at least 2048 bits. Signs our requests; upload the public key to Alipay.",
        ),
        SettingField(
            name="alipay_public_key",
            label="Alipay's public key",
            help="Shown by Alipay next to your app. Verifies their messages; this is not your own public key. In "
            "certificate mode, the content of alipayCertPublicKey_RSA2.crt.",
        ),
        SettingField(
            name="previous_alipay_public_key",
            label="Alipay's previous public key",
            required=False,
            help="For key rotation: signatures by the old key are still accepted.",
        ),
        SettingField(
            name="app_cert",
            label="App certificate",
            required=False,
            help="In certificate mode only: the content of appCertPublicKey_….crt.",
        ),
        SettingField(
            name="alipay_root_cert",
            label="Alipay's root certificates",
            required=False,
            help="In certificate mode only: the full content of alipayRootCert.crt.",
        ),
        SettingField(
            name="deduction_product",
            label="Product for deductions",
            kind="select",
            required=False,
            choices=(
                ("", "None"),
                ("GENERAL_WITHHOLDING_P", "Merchant deduction (商家扣款)"),
                ("CYCLE_PAY_AUTH_P", "Deduction by period (周期扣款)"),
            ),
            help="The product in your Alipay contract. Without one, buyers cannot authorise deductions.",
        ),
        SettingField(
            name="sign_scene",
            label="Scene for deductions",
            required=False,
            help="As assigned by Alipay, such as INDUSTRY|DIGITAL_MEDIA.",
        ),
        SettingField(
            name="bill_url",
            label="Address of bill files",
            kind="url",
            required=False,
            help="Leave empty for https://dwbillcenter.alipay.com, or the sandbox host with the sandbox gateway.",
        ),
        TIMEOUT,
    )

    def validate_request(self, _settings: Settings, request: Request) -> None:
        """Raises Unsupported for addresses that are longer than they take, where their page would show the buyer an
        error, and for transfers that they never make."""
        if isinstance(request, PayoutRequest):
            transfers.validate(request)
            return
        for name in ("notify_url", "return_url"):
            if len(getattr(request, name, "")) > MAX_URL_LENGTH:
                raise Unsupported("address_unsupported", f"{name} has more than {MAX_URL_LENGTH} characters.")

    def start_payment(self, settings: Settings, request: PayRequest) -> Outcome:
        """A page is a signed address that only the buyer opens; a QR code is asked for."""
        try:
            biz = _fields(request)
        except ValueError as error:
            return Outcome(status="failed", decline_code="invalid_request", message=str(error))
        if request.scene in mapping.PAGES:
            return _page(settings, request, biz)

        def read(data: Json) -> Outcome:
            if answers.text(data, "out_trade_no") != request.attempt_ref:
                raise Unreadable("it refers to another payment")
            code = answers.text(data, "qr_code")
            if not code.startswith(("https://", "http://")):
                raise Unreadable("the QR code holds no web address")
            return Outcome(status="pending", amount=request.amount, action={"type": "qr", "content": code, "url": code})

        return gateway.call(settings, "create", "alipay.trade.precreate", biz, read, notify_url=request.notify_url)

    def query_payment(self, settings: Settings, attempt_ref: str) -> Outcome:
        """What became of the payment. `absent` also while the buyer has not opened the page or scanned the code:
        only that begins a trade at Alipay. So an attempt whose buyer was sent there goes on waiting when it hears
        `absent` (payments/rules.py), until the order's deadline, which is the page's own `time_expire` too."""
        biz = {"out_trade_no": attempt_ref}
        return gateway.call(settings, "query", "alipay.trade.query", biz, lambda data: _trade(data, attempt_ref))

    def close_payment(self, settings: Settings, attempt_ref: str) -> Outcome:
        """Close it; `cancelled` now, or how it ended before. What was never opened is `absent` and stays openable
        until its `time_expire`: money that comes in that time is late money and goes back by itself."""

        def read(data: Json) -> Outcome:
            if answers.text(data, "out_trade_no") != attempt_ref:
                raise Unreadable("it refers to another payment")
            return Outcome(status="cancelled", channel_ref=answers.text(data, "trade_no"))

        closed = gateway.call(settings, "close", "alipay.trade.close", {"out_trade_no": attempt_ref}, read)
        if closed.status != "unknown" or not (closed.message or "").endswith(mapping.TOO_LATE_TO_CLOSE):
            return closed
        return _after(closed, self.query_payment(settings, attempt_ref))

    def refund(self, settings: Settings, request: RefundRequest) -> Outcome:
        """Give back, or find the refund this reference made. When they moved nothing now, or refuse, the refund is
        asked for as well: an earlier call whose answer was lost may have moved the money."""
        try:
            amount = answers.yuan(request.amount)
        except ValueError as error:
            return Outcome(status="failed", decline_code="invalid_request", message=str(error))
        biz = {
            "out_trade_no": request.charge_ref,
            "out_request_no": request.attempt_ref,
            "refund_amount": amount,
            "refund_reason": request.reason[:256] or "refund",
        }
        refunded = gateway.call(settings, "refund", "alipay.trade.refund", biz, lambda data: _refunded(data, request))
        if refunded.status == "succeeded" or (refunded.status == "unknown" and refunded.message != NOTHING_MOVED):
            return refunded
        queried = _after(refunded, self.query_refund(settings, request.attempt_ref, request.charge_ref))
        if queried.status == "absent":
            # A refund that waits looks to them like one that never was; the next question comes in a few seconds.
            return replace(refunded, exchanges=queried.exchanges)
        return queried

    def query_refund(self, settings: Settings, attempt_ref: str, charge_ref: str) -> Outcome:
        """What became of the refund. They know only of refunds that were made: everything else is `absent`, and may
        be asked for again under the same number, which never moves money twice."""
        biz = {"out_trade_no": charge_ref, "out_request_no": attempt_ref}

        def read(data: Json) -> Outcome:
            status = data.get("refund_status")
            if not status:
                return Outcome(status="absent")
            if status != "REFUND_SUCCESS":
                return Outcome(status="unknown", message=f"refund_status {status}"[:200])
            if (answers.text(data, "out_request_no"), answers.text(data, "out_trade_no")) != (attempt_ref, charge_ref):
                raise Unreadable("it refers to another refund")
            return Outcome(status="succeeded", amount=answers.money(data, "refund_amount"))

        return gateway.call(settings, "query_refund", "alipay.trade.fastpay.refund.query", biz, read)

    def pay_out(self, settings: Settings, request: PayoutRequest) -> Outcome:
        """Transfer to the payee's Alipay account, and ask how much moved."""
        return transfers.pay_out(settings, request)

    def query_pay_out(self, settings: Settings, attempt_ref: str) -> Outcome:
        """What became of the transfer; `returned` when it had arrived and came back."""
        return transfers.query(settings, attempt_ref)

    def query_dispute(self, settings: Settings, dispute_ref: str) -> DisputeOutcome:
        """How the complaint stands."""
        return complaints.query(settings, dispute_ref)

    def submit_evidence(self, settings: Settings, dispute_ref: str, evidence: Evidence) -> DisputeOutcome:
        """Answer the buyer in the complaint."""
        return complaints.reply(settings, dispute_ref, evidence)

    def accept_dispute(self, _settings: Settings, _dispute_ref: str) -> DisputeOutcome:
        """`failed`: their platform alone settles complaints."""
        return complaints.accept()

    def read_notice(self, settings: Settings, _headers: Mapping[str, str], body: bytes) -> AnyNotice:
        """The notice in these bytes, believed only after its signature, shape, app and (of trades) seller held.

        There is no age limit: they send the same notice for 25 hours, and `notify_id` makes a copy a copy. A refund
        is told as the state of its trade, with all refunds in one sum, so it says nothing of one refund: it is read
        as news of the charge, and what became of the refund is asked for.

        Raises:
            NoticeRefused: `bad_signature`, `malformed` or `wrong_merchant`.
        """
        fields = notices.proven(settings, body)
        read = _NOTICES.get(fields.get("msg_method") or fields.get("notify_type", ""), _notice)
        try:
            notice = read(fields)
        except Unreadable as error:
            raise NoticeRefused("malformed") from error
        notices.check_addressee(settings, fields, "app_id", *(("seller_id",) if read is _notice else ()))
        return notice

    def acknowledge(self) -> tuple[bytes, int, str]:
        """This word and nothing else; anything more and they send it again."""
        return b"success", 200, "text/plain"

    def start_contract(self, settings: Settings, request: ContractRequest) -> ContractOutcome:
        """A signed address where the buyer agrees; on a computer it shows a code to scan."""
        return agreements.start(settings, request)

    def query_contract(self, settings: Settings, contract_ref: str, contract_no: str | None) -> ContractOutcome:
        """How the agreement stands. They know of it from the moment the buyer signs until it ends."""
        return agreements.query(settings, contract_ref, contract_no)

    def end_contract(self, settings: Settings, contract_ref: str, contract_no: str | None) -> ContractOutcome:
        """End the agreement. Buyers can do it as well, in their app."""
        return agreements.end(settings, contract_ref, contract_no)

    def deduct(self, settings: Settings, request: DeductionRequest) -> Outcome:
        """Take the money. What this reference took before is found by asking."""
        deducted = agreements.deduct(settings, request)
        if deducted.status != "unknown" or not (deducted.message or "").endswith(mapping.TAKEN_BEFORE):
            return deducted
        return _after(deducted, self.query_payment(settings, request.attempt_ref))

    def read_bill(self, settings: Settings, day: date) -> Bill:
        """The trades and refunds of a day in China. Without movements they have no bill."""
        return bills.read_bill(settings, day)


NOTHING_MOVED = "fund_change is not Y"


def _fields(request: PayRequest) -> dict[str, str]:
    """Raises ValueError for a scene or currency they do not have."""
    if request.scene not in AlipayChannel.capabilities.scenes:
        raise ValueError("unsupported scene")
    return {
        "out_trade_no": request.attempt_ref,
        "total_amount": answers.yuan(request.amount),
        "subject": mapping.subject(request.subject),
        # Until then the page can be opened and the code be scanned; no longer than the order waits.
        "time_expire": gateway.china(request.expires_at),
    }


def _page(settings: Settings, request: PayRequest, biz: dict[str, str]) -> Outcome:
    method, product = mapping.PAGES[request.scene]
    more = {"notify_url": request.notify_url, "return_url": request.return_url}
    try:
        fields = gateway.signed(settings, method, biz | {"product_code": product}, **more)
    except Misconfigured as error:
        return gateway.misconfigured("create", error)
    except ValueError as error:
        return Outcome(status="failed", decline_code="channel_misconfigured", message=str(error))
    url = f"{settings['base_url']}?{urlencode(fields)}"
    exchange = Exchange(
        operation="create", method="GET", url=url, request="", response="", http_status=None, duration_ms=0
    )
    return Outcome(
        status="pending", amount=request.amount, action={"type": "redirect", "url": url}, exchanges=[exchange]
    )


def _trade(data: Json, ref: str) -> Outcome:
    """Raises Unreadable for another reference, an unlisted status, or an amount that is none."""
    if answers.text(data, "out_trade_no") != ref:
        raise Unreadable("it refers to another payment")
    status = mapping.TRADE_STATUS.get(answers.text(data, "trade_status"))
    if status is None:
        raise Unreadable("unknown status")
    return Outcome(
        status=status,
        amount=answers.money(data, "total_amount"),
        channel_ref=answers.text(data, "trade_no"),
        means=next((said for name in BUYER if (said := answers.optional_text(data, name))), None),
    )


def _refunded(data: Json, request: RefundRequest) -> Outcome:
    """They answer with the sum of all refunds of the trade, which is our amount or more."""
    if answers.text(data, "out_trade_no") != request.charge_ref:
        raise Unreadable("it refers to another payment")
    if data.get("fund_change") != "Y":
        return Outcome(status="unknown", message=NOTHING_MOVED)
    if answers.money(data, "refund_fee") < request.amount:
        raise Unreadable("less was refunded than we asked for")
    return Outcome(status="succeeded", amount=request.amount)


def _after(first: Outcome, second: Outcome) -> Outcome:
    return replace(second, exchanges=[*first.exchanges, *second.exchanges])


def _notice(fields: dict[str, str]) -> Notice:
    ref = answers.text(fields, "out_trade_no")
    return Notice(
        external_id=answers.text(fields, "notify_id"),
        operation="charge",
        our_ref=ref,
        merchant_ref=answers.text(fields, "app_id"),
        outcome=_trade(fields, ref),
    )


# what a message or notice is about → how it is read; all others are about trades
_NOTICES: dict[str, Callable[[dict[str, str]], AnyNotice]] = {
    transfers.MESSAGE: transfers.notice,
    complaints.MESSAGE: complaints.notice,
    **dict.fromkeys(agreements.NOTICES, agreements.notice),
}

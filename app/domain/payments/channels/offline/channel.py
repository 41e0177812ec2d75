"""Tells the buyer where to send the money. What became of it two people say
(workflow/payments/confirm_bank_transfer.py); money for payees goes out in payment orders."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.i18n.marks import N_
from app.domain.payments.channels.types import (
    Capabilities,
    Notice,
    NoticeRefused,
    Outcome,
    PayoutRequest,
    PayRequest,
    PollSchedule,
    RefundRequest,
    Request,
    SettingField,
    Settings,
)
from app.domain.payments.errors import Unsupported
from app.domain.payments.iban import is_account_number, is_iban

# What the buyer is shown; the panel has the words for each, and the order.
SHOWN = ("account_holder", "bank_name", "account_number", "bank_code", "note")
NEEDED = ("account_holder", "bank_name", "account_number")


def _poll_schedule(*, days: int) -> PollSchedule:
    day_s = 86_400
    return PollSchedule(lost_s=(60, day_s), waiting_s=(day_s,), people_after_s=days * day_s, rarely_after_s=90 * day_s)


class OfflineChannel:
    """A bank account of the merchant's own."""

    name = "offline"
    title = N_("Bank transfer")
    capabilities = Capabilities(
        kinds=frozenset({"charge", "refund", "top_up", "withdrawal", "payout"}),
        scenes=("bank",),
        is_manual=True,
        days_setting="pay_days",
        # There is nobody to ask; what is asked is how old it is. Orders wait 30 days at most, refunds should not.
        poll_schedules=dict.fromkeys(("charge", "top_up"), _poll_schedule(days=45))
        | {"refund": _poll_schedule(days=3)}
        | dict.fromkeys(("withdrawal", "payout"), _poll_schedule(days=10)),
    )
    settings_schema: tuple[SettingField, ...] = (
        SettingField(name="account_holder", label="Account holder", help="As registered with the bank."),
        SettingField(name="bank_name", label="Bank"),
        SettingField(name="account_number", label="IBAN or account number"),
        SettingField(name="bank_code", label="BIC, SWIFT or bank code", required=False),
        SettingField(name="note", label="Note to the buyer", required=False, help="Shown below the bank details."),
        SettingField(
            name="pay_days",
            label="Time to pay",
            kind="select",
            choices=tuple((str(days), f"{days} days") for days in (5, 7, 10, 14, 30)),
            help="How long an order waits for its transfer. Stock stays reserved until then.",
        ),
    )

    def start_payment(self, settings: Settings, request: PayRequest) -> Outcome:
        """Bank details and a reference to tell this payment by. The same attempt has the same reference."""
        if not all(settings.get(name) for name in NEEDED):
            return Outcome(status="failed", decline_code="channel_misconfigured")
        reference = reference_of(request.attempt_ref)
        details = {name: settings[name] for name in SHOWN if settings.get(name)}
        action = {"type": "instructions", "reference": reference, "details": details}
        return Outcome(status="pending", amount=request.amount, channel_ref=reference, action=action)

    def query_payment(self, _settings: Settings, _attempt_ref: str) -> Outcome:
        """There is nobody to ask: it waits until people have said what came."""
        return Outcome(status="pending")

    def close_payment(self, _settings: Settings, _attempt_ref: str) -> Outcome:
        """It is not waited for any more. Money that comes all the same is found by its reference, and goes back."""
        return Outcome(status="cancelled")

    def refund(self, _settings: Settings, request: RefundRequest) -> Outcome:
        """Somebody has to send it: it waits in the queue of bank transfers."""
        return Outcome(status="pending", amount=request.amount, channel_ref=reference_of(request.attempt_ref))

    def query_refund(self, _settings: Settings, attempt_ref: str, _charge_ref: str) -> Outcome:
        """As for payments."""
        return Outcome(status="pending", channel_ref=reference_of(attempt_ref))

    def validate_request(self, _settings: Settings, request: Request) -> None:
        """Raises Unsupported for a payee that no bank could pay: without a name, or with a number that cannot be."""
        if not isinstance(request, PayoutRequest):
            return
        if not request.payee_name.strip():
            raise Unsupported("payee_name_missing", "A bank transfer needs the name of the account holder.")
        must_be_iban = request.amount.currency == "EUR"
        if not (is_iban if must_be_iban else is_account_number)(request.payee_account):
            raise Unsupported("payee_account_invalid", "This is not a valid IBAN or account number.")

    def pay_out(self, _settings: Settings, request: PayoutRequest) -> Outcome:
        """It waits for a payment order (workflow/payments/make_payment_order.py)."""
        return Outcome(status="pending", amount=request.amount, channel_ref=reference_of(request.attempt_ref))

    def query_pay_out(self, _settings: Settings, attempt_ref: str) -> Outcome:
        """As for payments."""
        return Outcome(status="pending", channel_ref=reference_of(attempt_ref))

    def read_notice(self, _settings: Settings, _headers: Mapping[str, str], _body: bytes) -> Notice:
        """Nobody outside speaks for the bank account.

        Raises:
            NoticeRefused: always.
        """
        raise NoticeRefused("no_notices")

    def acknowledge(self) -> tuple[bytes, int, str]:
        """Never needed."""
        return b"", 204, "text/plain"


def reference_of(attempt_ref: str) -> str:
    """What a buyer writes into a transfer's purpose: `7K3M-92QX-WPTR`, the random end of the attempt's id."""
    letters = attempt_ref[-12:].upper()
    return "-".join((letters[:4], letters[4:8], letters[8:]))

"""What a payment channel is to Bursar: a class with these methods, and the values that pass between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol, runtime_checkable

from app.core.money import Money
from app.domain.payments.outcomes import Exchange as Exchange
from app.domain.payments.outcomes import Outcome as Outcome
from app.domain.payments.outcomes import Settings as Settings
from app.domain.payments.outcomes import Status as Status
from app.lib.json_types import Json


@dataclass(frozen=True, kw_only=True)
class SettingField:
    """One setting of a channel account, as the portal draws it. `modes`: how its value begins, and which businesses may
    use it then, `test` or `live`; empty when it does not tell."""

    name: str
    label: str
    kind: Literal["text", "secret", "url", "select"] = "text"
    required: bool = True
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    modes: tuple[tuple[str, str], ...] = ()


TIMEOUT_S, MIN_WAIT_S, MAX_WAIT_S = 10.0, 0.05, 60.0
TIMEOUT = SettingField(
    name="timeout_s",
    label="Response timeout in seconds",
    required=False,
    help="Default: 10. After that, the payment’s status is unknown and we poll for it.",
)


def timeout_s(settings: Settings) -> float:
    """How long to wait for one answer, as the account's `TIMEOUT` says; what makes no sense counts as empty."""
    try:
        seconds = float(settings.get(TIMEOUT.name) or TIMEOUT_S)
    except ValueError:
        return TIMEOUT_S
    return seconds if MIN_WAIT_S <= seconds <= MAX_WAIT_S else TIMEOUT_S


@dataclass(frozen=True, kw_only=True)
class BillTimes:
    """Whose days a company's bills are of, and from which hour of the next such day they can be read."""

    zone: str
    ready_hour: int


@dataclass(frozen=True, kw_only=True)
class PollSchedule:
    """When a company is asked about what is undecided: seconds before each question, the last of them repeats.
    `lost_s` when it gave no usable answer; `waiting_s` while it has the matter and waits for somebody. After
    `people_after_s` undecided it is put before people; after `rarely_after_s` only they ask, and we once a week."""

    lost_s: tuple[int, ...]
    waiting_s: tuple[int, ...]
    people_after_s: int
    rarely_after_s: int


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a channel can do. No `currencies` means every one; amounts are in minor units. `required_details`: what a
    scene needs, by its name among a payment's `details`. A channel with `bills` is a `Billing` as well."""

    kinds: frozenset[str]
    scenes: tuple[str, ...]
    currencies: frozenset[str] = frozenset()
    min_minor: int = 1
    max_minor: int | None = None
    test_only: bool = False
    is_internal: bool = False  # the money is in our own ledger (a wallet): nothing outside is asked
    bills: BillTimes | None = None
    required_details: Mapping[str, str] = field(default_factory=dict)
    payees: str | None = None  # how accounts read that it pays out to, as a pattern of the whole; None: anyhow
    # Which of a payment's `details` names the payer's account before anything is tried, as `Outcome.means` does later.
    payer: str | None = None
    # Nobody outside can be asked either: people say what came and what was sent, two of them.
    is_manual: bool = False
    # The setting that says how many days a buyer has to pay here, when that is longer than usual.
    days_setting: str | None = None
    # By mode (`test`, `live`), the origins where the company is. Nothing else is called but what the installation adds.
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # By kind of movement, where this company is to be asked otherwise than most (rules.POLL_SCHEDULES).
    poll_schedules: Mapping[str, PollSchedule] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PayRequest:
    """A payment to start; `attempt_ref` is our id and the company's idempotency key. `details` is what a scene
    wants to know of the buyer besides, when it is known: `buyer_ip`, `openid`."""

    attempt_ref: str
    amount: Money
    scene: str
    subject: str
    notify_url: str
    return_url: str
    expires_at: datetime
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RefundRequest:
    """Money back from the charge of `charge_amount` that the company knows by `charge_ref` (our attempt id)."""

    attempt_ref: str
    charge_ref: str
    charge_amount: Money
    amount: Money
    reason: str
    notify_url: str


@dataclass(frozen=True, kw_only=True)
class PayoutRequest:
    """Money to be paid to somebody's account; `attempt_ref` is our id and the company's idempotency key."""

    attempt_ref: str
    amount: Money
    payee_account: str
    payee_name: str
    reason: str
    notify_url: str


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A verified message of the company about the payment, refund or payout that we call `our_ref`."""

    external_id: str
    operation: Literal["charge", "refund", "payout"]
    our_ref: str
    merchant_ref: str
    outcome: Outcome


ContractStatus = Literal["pending", "active", "paused", "ended", "failed", "unknown", "absent", "unsent"]


@dataclass(frozen=True, kw_only=True)
class ContractRequest:
    """A buyer's leave to deduct, to ask for. `contract_ref` is our id and the company's idempotency key; notices about
    it come to `notify_url`, the account's address. Some companies hold us to what is announced: every so many units
    from `first_on`, each time `largest` at most."""

    contract_ref: str
    scene: str
    buyer_name: str
    every_count: int
    every_unit: Literal["day", "month"]
    first_on: date
    largest: Money
    notify_url: str
    return_url: str


@dataclass(frozen=True, kw_only=True)
class DeductionRequest:
    """Money to take under the contract that the company calls `contract_no`, without the buyer; `attempt_ref` as in
    `PayRequest`."""

    attempt_ref: str
    contract_no: str
    amount: Money
    subject: str
    notify_url: str


Request = PayRequest | RefundRequest | PayoutRequest | DeductionRequest


@dataclass(frozen=True, kw_only=True)
class ContractOutcome:
    """What the company says of one contract. `absent`: none, as nobody has agreed (yet), or it ended; `unsent`: not
    asked. `contract_no` is the company's number, which deductions name; `ends_at` when it ends by itself."""

    status: ContractStatus
    contract_no: str | None = None
    ends_at: datetime | None = None
    action: Json | None = None
    decline_code: str | None = None
    message: str | None = None
    exchanges: list[Exchange] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ContractNotice:
    """A verified message of the company about the contract that we call `our_ref`; `event` is its word for it."""

    external_id: str
    event: str
    our_ref: str
    merchant_ref: str
    outcome: ContractOutcome


@dataclass(frozen=True, kw_only=True)
class AccountNotice:
    """A verified message of the company about something else: a buyer's `dispute` of a payment, a `payment_method` that
    a buyer took back (`subject_ref` reads like a contract's `contract_no`), a `payout` to the merchant's bank, a `bill`
    that can be read (`subject_ref` is its day). Otherwise `subject_ref` is the company's number of it, and `our_ref` or
    `channel_ref` names the payment that a dispute is about, where the company says. `due_at`: until then an answer is
    due. `event` and `reason` are the company's words."""

    kind: Literal["dispute", "payment_method", "payout", "bill"]
    external_id: str
    event: str
    subject_ref: str
    merchant_ref: str
    status: (
        Literal["open", "review", "won", "lost", "partly_lost", "closed"]
        | Literal["pending", "paid", "failed", "ready", "ended", "unknown"]
    )
    our_ref: str | None = None
    channel_ref: str | None = None
    amount: Money | None = None
    reason: str | None = None
    due_at: datetime | None = None


AnyNotice = Notice | ContractNotice | AccountNotice
DisputeState = Literal[
    "needs_response", "under_review", "won", "lost", "partly_lost", "closed", "unknown", "absent", "failed", "unsent"
]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is put before the company: the merchant's own words, and what is known of the sale."""

    explanation: str
    product: str = ""
    buyer_email: str = ""
    buyer_ip: str = ""
    activity: str = ""
    delivered_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class DisputeOutcome:
    """What the company says of one dispute. `our_ref` or `channel_ref` names its payment. `taken_minor` is what the
    company has taken of the merchant's money and not given back, `lost_minor` what of it is gone for good when it is
    `partly_lost`, `fee_minor` what the company charges. None: it does not say. `failed`: what was asked is refused."""

    status: DisputeState
    kind: Literal["dispute", "complaint"] = "dispute"
    our_ref: str | None = None
    channel_ref: str | None = None
    amount: Money | None = None
    taken_minor: int | None = None
    lost_minor: int | None = None
    fee_minor: int | None = None
    reason: str | None = None
    due_at: datetime | None = None
    decline_code: str | None = None
    message: str | None = None
    exchanges: list[Exchange] = field(default_factory=list)


class NoticeRefused(Exception):
    """A notice that is not believed; `code` says why (`bad_signature`, `stale`, `malformed`, `wrong_merchant`).
    `is_genuine`: it is believed, but about something we did not ask for; it is kept and acknowledged, so that the
    company does not tell it again. `wants_key`: it names a key of theirs that we do not know and could fetch."""

    def __init__(self, code: str, *, is_genuine: bool = False, wants_key: bool = False) -> None:
        self.code, self.is_genuine, self.wants_key = code, is_genuine, wants_key
        super().__init__(code)


class Channel(Protocol):
    """One payment company. No method raises for what the outside does: trouble is an `unknown` outcome."""

    name: str
    title: str
    capabilities: Capabilities
    settings_schema: tuple[SettingField, ...]

    def start_payment(self, settings: Settings, request: PayRequest) -> Outcome:
        """Start the payment, or find the one already started under the same reference."""
        ...

    def query_payment(self, settings: Settings, attempt_ref: str) -> Outcome:
        """What became of the payment; `absent` when the company does not know it."""
        ...

    def close_payment(self, settings: Settings, attempt_ref: str) -> Outcome:
        """Close an unpaid payment so that it cannot be paid any more."""
        ...

    def refund(self, settings: Settings, request: RefundRequest) -> Outcome:
        """Ask for the money back, or find the refund already asked for under the same reference."""
        ...

    def query_refund(self, settings: Settings, attempt_ref: str, charge_ref: str) -> Outcome:
        """What became of the refund of the charge `charge_ref`; some companies find it by both only."""
        ...

    def read_notice(self, settings: Settings, headers: Mapping[str, str], body: bytes) -> AnyNotice:
        """The notice in these raw bytes, verified, whatever it is about: all of an account's come to one address.

        Raises:
            NoticeRefused: signature, time, shape or merchant do not hold.
        """
        ...

    def acknowledge(self) -> tuple[bytes, int, str]:
        """What the company wants to hear when we have its notice: body, HTTP status, content type."""
        ...


@runtime_checkable
class Validating(Protocol):
    """A channel that knows more than its capabilities tell of what its company can be asked for."""

    def validate_request(self, settings: Settings, request: Request) -> None:
        """Raises payments.errors.Unsupported for what cannot be put to it. Asks nobody."""


@runtime_checkable
class PayoutChannel(Channel, Protocol):
    """A channel that can also pay money to somebody's account: its capabilities list `withdrawal` or `payout`."""

    def pay_out(self, settings: Settings, request: PayoutRequest) -> Outcome:
        """Pay, or find the payout already made under the same reference."""
        ...

    def query_pay_out(self, settings: Settings, attempt_ref: str) -> Outcome:
        """What became of the payout; `absent` when the company does not know it."""
        ...


@runtime_checkable
class Recurring(Protocol):
    """The part of a company that takes money by itself once the buyer has agreed: kind `deduction`. What became of a
    deduction is asked for, given back and told like a payment. As everywhere, no method raises for what the outside
    does."""

    def start_contract(self, settings: Settings, request: ContractRequest) -> ContractOutcome:
        """Where to send the buyer to agree. The same reference again leads to the same contract."""
        ...

    def query_contract(self, settings: Settings, contract_ref: str, contract_no: str | None) -> ContractOutcome:
        """How the contract stands; by the company's number where it is known."""
        ...

    def end_contract(self, settings: Settings, contract_ref: str, contract_no: str | None) -> ContractOutcome:
        """End the contract; `ended` now, `absent` when there was none to end."""
        ...

    def deduct(self, settings: Settings, request: DeductionRequest) -> Outcome:
        """Take the money, or find what this reference took."""
        ...


@runtime_checkable
class Disputing(Protocol):
    """The part of a company where buyers dispute payments. As everywhere, no method raises for what the outside does,
    and what is asked twice is done once."""

    def query_dispute(self, settings: Settings, dispute_ref: str) -> DisputeOutcome:
        """How the dispute stands."""
        ...

    def submit_evidence(self, settings: Settings, dispute_ref: str, evidence: Evidence) -> DisputeOutcome:
        """Put the evidence before the company, and how the dispute stands then."""
        ...

    def accept_dispute(self, settings: Settings, dispute_ref: str) -> DisputeOutcome:
        """Give in: the buyer keeps the money, or the complaint is settled."""
        ...

"""Every call to a company goes through here: only to addresses that are allowed to the channel and the business's mode,
behind its account's breaker, in its bulkhead, with an end to its time. A channel that is guarded is used like the
channel itself."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import select

from app.core import db, http
from app.core.limits import breaker, bulkhead
from app.core.limits.breaker import Change
from app.core.log import get_logger
from app.domain.accounts.business.models import Business
from app.domain.payments import service as payments
from app.domain.payments.bills import Bill, Billing
from app.domain.payments.breaker_changes import BreakerChange
from app.domain.payments.channels import hosts, unsent
from app.domain.payments.channels.platform_keys import FetchesKeys
from app.domain.payments.channels.types import (
    AnyNotice,
    Capabilities,
    Channel,
    ContractOutcome,
    ContractRequest,
    DeductionRequest,
    DisputeOutcome,
    Disputing,
    Evidence,
    Exchange,
    Outcome,
    PayoutChannel,
    PayoutRequest,
    PayRequest,
    Recurring,
    RefundRequest,
    Request,
    SettingField,
    Settings,
    Validating,
)
from app.domain.payments.routing import breaker_key

# How long each operation may take at most, whatever the account's settings say. A buyer waits for the first.
LIMITS_S = {
    "create": 20.0,
    "query": 15.0,
    "close": 15.0,
    "refund": 30.0,
    "query_refund": 15.0,
    "pay_out": 30.0,
    "query_pay_out": 15.0,
    "start_contract": 20.0,
    "query_contract": 15.0,
    "end_contract": 15.0,
    "deduct": 30.0,
    "read_bill": 60.0,
    "query_dispute": 15.0,
    "submit_evidence": 30.0,
    "accept_dispute": 15.0,
}
OPERATIONS = tuple(LIMITS_S)
KNOWN_S = 30.0  # for how long a process goes by what it has read of a business's choices
MAX_KNOWN = 10_000
# Those that change something at the company.
_WRITES = ("create", "refund", "pay_out", "start_contract", "end_contract", "deduct", "submit_evidence",
           "accept_dispute")  # fmt: skip
# What the account cannot help: counted against it even though the company answered.
_ACCOUNT_FAULTS = ("channel_misconfigured", "channel_unavailable")


class RecurringChannel(Channel, Recurring, Protocol):
    """A channel that deducts by contract."""


class BillingChannel(Channel, Billing, Protocol):
    """A channel whose company writes bills."""


_known: dict[uuid.UUID, tuple[Chosen, float]] = {}
Answer = TypeVar("Answer", Outcome, ContractOutcome, DisputeOutcome, Bill)


def guarded(channel: Channel, *, business_id: uuid.UUID, account_id: uuid.UUID) -> Channel:
    """The channel as the account's workflows use it: it can do what the channel can."""
    return _class_of(cast(Hashable, channel))(channel, business_id=business_id, account_id=account_id)


# What a channel can do it can for good, and there are few channels; to look costs as much as to read a row.
@lru_cache(maxsize=64)
def _class_of(channel: Hashable) -> type[GuardedChannel]:
    parts = tuple(guard for protocol, guard in _PARTS.items() if isinstance(channel, protocol))
    return type("GuardedChannel", parts, {}) if parts else GuardedChannel


@lru_cache(maxsize=64)
def _with_keys(channel: Hashable) -> FetchesKeys | None:
    return channel if isinstance(channel, FetchesKeys) else None


@lru_cache(maxsize=64)
def _validating(channel: Hashable) -> Validating | None:
    return channel if isinstance(channel, Validating) else None


class GuardedChannel:
    """The channel of one account, guarded. What was not sent is `unsent`: nobody outside has heard of it."""

    def __init__(self, channel: Channel, *, business_id: uuid.UUID, account_id: uuid.UUID) -> None:
        self._channel, self._business_id, self._account_id = channel, business_id, account_id
        self.name: str = channel.name
        self.title: str = channel.title
        self.capabilities: Capabilities = channel.capabilities
        self.settings_schema: tuple[SettingField, ...] = channel.settings_schema

    def start_payment(self, settings: Settings, request: PayRequest) -> Outcome:
        """As the channel's, or `unsent`."""
        return self._call_company("create", settings, partial(self._channel.start_payment, settings, request))

    def query_payment(self, settings: Settings, attempt_ref: str) -> Outcome:
        """As the channel's, or `unsent`."""
        return self._call_company("query", settings, partial(self._channel.query_payment, settings, attempt_ref))

    def close_payment(self, settings: Settings, attempt_ref: str) -> Outcome:
        """As the channel's, or `unsent`."""
        return self._call_company("close", settings, partial(self._channel.close_payment, settings, attempt_ref))

    def refund(self, settings: Settings, request: RefundRequest) -> Outcome:
        """As the channel's, or `unsent`."""
        return self._call_company("refund", settings, partial(self._channel.refund, settings, request))

    def query_refund(self, settings: Settings, attempt_ref: str, charge_ref: str) -> Outcome:
        """As the channel's, or `unsent`."""
        return self._call_company(
            "query_refund", settings, partial(self._channel.query_refund, settings, attempt_ref, charge_ref)
        )

    def read_notice(self, settings: Settings, headers: Mapping[str, str], body: bytes) -> AnyNotice:
        """The channel's own: whoever sent it, no call leaves."""
        with http.allowed(None):
            return self._channel.read_notice(settings, headers, body)

    def fetch_keys(self, settings: Settings) -> bool:
        """As the channel's, for one that is `FetchesKeys`; what it fetched is kept with the account."""
        assert isinstance(self._channel, FetchesKeys)
        mode = mode_of(self._business_id)
        if hosts.why_not(self._channel, mode, settings):
            return False
        with bulkhead.current().slot("keys", self._business_id, self._account_id) as has_slot:
            if not has_slot:
                return False
            with calling(self._channel, mode, LIMITS_S["query"]):
                has_new_keys = self._channel.fetch_keys(settings)
        self._store_keys(settings)
        return has_new_keys

    def validate_request(self, settings: Settings, request: Request) -> None:
        """The channel's own, where it has one."""
        if (channel := _validating(cast(Hashable, self._channel))) is not None:
            channel.validate_request(settings, request)

    def acknowledge(self) -> tuple[bytes, int, str]:
        """The channel's own."""
        return self._channel.acknowledge()

    def __getattr__(self, name: str) -> Any:
        """What only some channels have."""
        return getattr(self._channel, name)

    def _call_company(self, operation: str, settings: Settings, call: Callable[[], Outcome]) -> Outcome:
        return self._guard(operation, settings, call, lambda barred: barred)

    def _guard(
        self, operation: str, settings: Settings, call: Callable[[], Answer], bar: Callable[[Outcome], Answer]
    ) -> Answer:
        """What the company answers; where it must not be called now, what `bar` makes of that."""
        if self.capabilities.is_internal or self.capabilities.is_manual:
            return call()  # nobody outside
        with self._admitted(operation, settings) as barred:
            if barred is not None:
                return bar(barred)
            with calling(self._channel, mode_of(self._business_id), LIMITS_S[operation]) as watch:
                answer = _unsent_if_certain(operation, call(), watch)
        self._store_keys(settings)
        self._report(operation, is_good=_is_good(answer))
        return answer

    @contextmanager
    def _admitted(self, operation: str, settings: Settings) -> Iterator[Outcome | None]:
        """Hold a slot while inside; None, or why the company must not be called now."""
        with bulkhead.current().slot(operation, self._business_id, self._account_id) as has_slot:
            if not has_slot:
                yield _unavailable("too many calls at once")
                return
            if wrong := hosts.why_not(self._channel, mode_of(self._business_id), settings):
                yield not_allowed(operation, settings, wrong)
                return
            policy = chosen_of(self._business_id).policy(operation)
            is_admitted, change = breaker.current().admit(breaker_key(self._account_id, operation), policy)
            self._note(operation, change)
            yield None if is_admitted else _unavailable("the breaker is open")

    def _report(self, operation: str, *, is_good: bool) -> None:
        policy = chosen_of(self._business_id).policy(operation)
        change = breaker.current().report(breaker_key(self._account_id, operation), is_good=is_good, policy=policy)
        self._note(operation, change)

    def _store_keys(self, settings: Settings) -> None:
        channel = _with_keys(cast(Hashable, self._channel))
        fetched_keys = channel.fetched_keys(settings) if channel is not None else None
        if fetched_keys is not None:
            with db.phase("guarded_channel.store_keys", self._business_id):
                payments.store_keys(self._account_id, fetched_keys)

    def _note(self, operation: str, change: Change | None) -> None:
        if change is None:
            return
        get_logger().warning(
            "breaker.changed", account_id=str(self._account_id), operation=operation, before=change.before,
            after=change.after, successes=change.successes, failures=change.failures,
        )  # fmt: skip
        with db.phase("guarded_channel.note", self._business_id):
            db.add(
                BreakerChange, channel_account_id=self._account_id, operation=operation, before=change.before,
                after=change.after, successes=change.successes, failures=change.failures, pause_s=change.pause_s,
            )  # fmt: skip


class _Payouts(GuardedChannel):
    """The same for a channel that pays out."""

    _channel: PayoutChannel

    def pay_out(self, settings: Settings, request: PayoutRequest) -> Outcome:
        """As the channel's, or `unsent`."""
        return self._call_company("pay_out", settings, partial(self._channel.pay_out, settings, request))

    def query_pay_out(self, settings: Settings, attempt_ref: str) -> Outcome:
        """As the channel's, or `unsent`."""
        return self._call_company(
            "query_pay_out", settings, partial(self._channel.query_pay_out, settings, attempt_ref)
        )


class _Contracts(GuardedChannel):
    """The same for a channel that deducts by contract."""

    _channel: RecurringChannel

    def start_contract(self, settings: Settings, request: ContractRequest) -> ContractOutcome:
        """As the channel's, or `unsent`."""
        return self._contract("start_contract", settings, partial(self._channel.start_contract, settings, request))

    def query_contract(self, settings: Settings, contract_ref: str, contract_no: str | None) -> ContractOutcome:
        """As the channel's, or `unsent`."""
        ask = partial(self._channel.query_contract, settings, contract_ref, contract_no)
        return self._contract("query_contract", settings, ask)

    def end_contract(self, settings: Settings, contract_ref: str, contract_no: str | None) -> ContractOutcome:
        """As the channel's, or `unsent`."""
        end = partial(self._channel.end_contract, settings, contract_ref, contract_no)
        return self._contract("end_contract", settings, end)

    def deduct(self, settings: Settings, request: DeductionRequest) -> Outcome:
        """As the channel's, or `unsent`."""
        return self._call_company("deduct", settings, partial(self._channel.deduct, settings, request))

    def _contract(self, operation: str, settings: Settings, call: Callable[[], ContractOutcome]) -> ContractOutcome:
        return self._guard(operation, settings, call, unsent.contract)


class _Bills(GuardedChannel):
    """The same for a channel whose company writes bills."""

    _channel: BillingChannel

    def read_bill(self, settings: Settings, day: date) -> Bill:
        """As the channel's; of a bill that was not asked for nothing is known."""
        return self._guard(
            "read_bill", settings, partial(self._channel.read_bill, settings, day), partial(Bill.without_file, day)
        )


class _Disputes(GuardedChannel):
    """The same for a channel where buyers dispute payments; of what was not asked nothing is known."""

    def query_dispute(self, settings: Settings, dispute_ref: str) -> DisputeOutcome:
        """As the channel's, or `unsent`."""
        ask = partial(cast(Disputing, self._channel).query_dispute, settings, dispute_ref)
        return self._guard("query_dispute", settings, ask, unsent.dispute)

    def submit_evidence(self, settings: Settings, dispute_ref: str, evidence: Evidence) -> DisputeOutcome:
        """As the channel's, or `unsent`."""
        submit = partial(cast(Disputing, self._channel).submit_evidence, settings, dispute_ref, evidence)
        return self._guard("submit_evidence", settings, submit, unsent.dispute)

    def accept_dispute(self, settings: Settings, dispute_ref: str) -> DisputeOutcome:
        """As the channel's, or `unsent`."""
        accept = partial(cast(Disputing, self._channel).accept_dispute, settings, dispute_ref)
        return self._guard("accept_dispute", settings, accept, unsent.dispute)


_PARTS: dict[type, type[GuardedChannel]] = {
    PayoutChannel: _Payouts,
    Recurring: _Contracts,
    Billing: _Bills,
    Disputing: _Disputes,
}


@contextmanager
def calling(channel: Channel, mode: str, limit_s: float) -> Iterator[http.Watch]:
    """Let the channel call its company inside, and nobody else, for so long at most."""
    with http.allowed(hosts.destinations(channel, mode)), http.watched(limit_s) as watch:
        yield watch


@dataclass(frozen=True)
class Chosen:
    """What a business has chosen of its calls: its mode, `test` or `live`, when they pause, and how many accounts a
    payment is tried at."""

    mode: str
    failures: int
    query_failures: int
    pause_s: int
    accounts_tried: int

    def policy(self, operation: str) -> breaker.Policy:
        """When calls of this kind pause."""
        failures = self.failures if operation in _WRITES else self.query_failures
        return replace(breaker.current().policy, failures=failures, pause_s=self.pause_s)


def chosen_of(business_id: uuid.UUID) -> Chosen:
    """What the business has chosen, as it was at most KNOWN_S ago: a change takes effect within that time."""
    known = _known.get(business_id)
    if known is not None and known[1] > time.monotonic():
        return known[0]
    columns = Business.breaker_failures, Business.breaker_query_failures, Business.breaker_pause_s
    with db.reading(business_id):
        row = db.first(select(Business.mode, *columns, Business.accounts_tried).where(Business.id == business_id))
    assert row is not None  # it has an account
    found = Chosen(row.mode, row.breaker_failures, row.breaker_query_failures, row.breaker_pause_s, row.accounts_tried)
    if len(_known) >= MAX_KNOWN:
        _known.clear()
    _known[business_id] = (found, time.monotonic() + KNOWN_S)
    return found


def forget_chosen(business_id: uuid.UUID) -> None:
    """Look again what the business has chosen, in this process."""
    _known.pop(business_id, None)


def mode_of(business_id: uuid.UUID) -> str:
    """The business's mode, `test` or `live`, which never changes."""
    return chosen_of(business_id).mode


def not_allowed(operation: str, settings: Settings, wrong: Mapping[str, str]) -> Outcome:
    """What becomes of a call to an address that is not allowed: it is not made, and the log says why."""
    name, why = next(iter(wrong.items()))
    exchange = Exchange(
        operation=operation, method="", url=settings[name], request="", response=f"Not sent. {why}", http_status=None,
        duration_ms=0,
    )  # fmt: skip
    return Outcome(status="unsent", decline_code="channel_misconfigured", message=why[:200], exchanges=[exchange])


def _unavailable(message: str) -> Outcome:
    return Outcome(status="unsent", decline_code="channel_unavailable", message=message)


def _unsent_if_certain(operation: str, outcome: Answer, watch: http.Watch) -> Answer:
    """What nobody can have heard was not sent: no call of it left, or the channel gave up before it made one. A
    question that it could not even put stays unknown, and is put again ever more rarely."""
    if isinstance(outcome, Bill) or outcome.status != "unknown":
        return outcome
    if watch.sent or not (watch.is_unsent or operation in _WRITES):
        return outcome
    if not watch.is_unsent:
        return replace(outcome, status="unsent", decline_code=outcome.decline_code or "invalid_request")
    code = "channel_misconfigured" if watch.refused else "channel_unreachable"
    return replace(outcome, status="unsent", decline_code=code)


def _is_good(outcome: Answer) -> bool:
    code = None if isinstance(outcome, Bill) else outcome.decline_code
    return outcome.status not in ("unknown", "unsent") and code not in _ACCOUNT_FAULTS

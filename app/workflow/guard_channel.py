"""Every call to a company goes through here: behind its account's breaker, within its bulkhead, with an end to its
time. A channel that is guarded is used like the channel itself."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from app.core import breaker, bulkhead, db, http
from app.core.breaker import Change
from app.core.log import get_logger
from app.domain.payments.channels.types import (
    Capabilities,
    Channel,
    Notice,
    Outcome,
    PayOutRequest,
    PayRequest,
    PaysOut,
    RefundRequest,
    SettingField,
    Settings,
)
from app.domain.payments.models import BreakerChange
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
}
OPERATIONS = tuple(LIMITS_S)
# What the account cannot help: counted against it even though the company answered.
_ITS_FAULT = ("channel_misconfigured", "channel_unavailable")


def guarded(channel: Channel, *, business_id: uuid.UUID, account_id: uuid.UUID) -> Channel:
    """The channel as the account's workflows use it."""
    if isinstance(channel, PaysOut):
        return GuardedPaysOut(channel, business_id=business_id, account_id=account_id)
    return Guarded(channel, business_id=business_id, account_id=account_id)


class Guarded:
    """The channel of one account, guarded. What was not sent is `unsent`: nobody outside has heard of it."""

    def __init__(self, channel: Channel, *, business_id: uuid.UUID, account_id: uuid.UUID) -> None:
        self._channel, self._business_id, self._account_id = channel, business_id, account_id
        self.name: str = channel.name
        self.title: str = channel.title
        self.capabilities: Capabilities = channel.capabilities
        self.settings_schema: tuple[SettingField, ...] = channel.settings_schema

    def start_payment(self, settings: Settings, request: PayRequest) -> Outcome:
        """As the channel's, or `unsent`."""
        return self._ask("create", lambda: self._channel.start_payment(settings, request))

    def query_payment(self, settings: Settings, attempt_ref: str) -> Outcome:
        """As the channel's, or `unsent`."""
        return self._ask("query", lambda: self._channel.query_payment(settings, attempt_ref))

    def close_payment(self, settings: Settings, attempt_ref: str) -> Outcome:
        """As the channel's, or `unsent`."""
        return self._ask("close", lambda: self._channel.close_payment(settings, attempt_ref))

    def refund(self, settings: Settings, request: RefundRequest) -> Outcome:
        """As the channel's, or `unsent`."""
        return self._ask("refund", lambda: self._channel.refund(settings, request))

    def query_refund(self, settings: Settings, attempt_ref: str, charge_ref: str) -> Outcome:
        """As the channel's, or `unsent`."""
        return self._ask("query_refund", lambda: self._channel.query_refund(settings, attempt_ref, charge_ref))

    def read_notice(self, settings: Settings, headers: Mapping[str, str], body: bytes) -> Notice:
        """The channel's own: nobody outside is asked."""
        return self._channel.read_notice(settings, headers, body)

    def acknowledge(self) -> tuple[bytes, int, str]:
        """The channel's own."""
        return self._channel.acknowledge()

    def __getattr__(self, name: str) -> Any:
        """What only some channels have."""
        return getattr(self._channel, name)

    def _ask(self, operation: str, ask: Callable[[], Outcome]) -> Outcome:
        if self.capabilities.own_books or self.capabilities.by_hand:
            return ask()  # nobody outside
        with bulkhead.current().place(str(self._account_id)) as has_place:
            if not has_place:
                return Outcome(status="unsent", decline_code="channel_unavailable", message="too many calls at once")
            admitted, change = breaker.current().admit(breaker_key(self._account_id, operation))
            self._note(operation, change)
            if not admitted:
                return Outcome(status="unsent", decline_code="channel_unavailable", message="the breaker is open")
            outcome = self._tell(operation, ask)
        change = breaker.current().report(breaker_key(self._account_id, operation), is_good=_is_good(outcome))
        self._note(operation, change)
        return outcome

    def _tell(self, operation: str, ask: Callable[[], Outcome]) -> Outcome:
        with http.watched(LIMITS_S[operation]) as watch:
            outcome = ask()
        if outcome.status == "unknown" and watch.is_unheard:
            return replace(outcome, status="unsent", decline_code="channel_unreachable")
        return outcome

    def _note(self, operation: str, change: Change | None) -> None:
        if change is None:
            return
        get_logger().warning(
            "breaker.changed", account_id=str(self._account_id), operation=operation, before=change.before,
            after=change.after, good=change.good, bad=change.bad,
        )  # fmt: skip
        with db.phase("guard_channel.note", self._business_id):
            db.add(
                BreakerChange, channel_account_id=self._account_id, operation=operation, before=change.before,
                after=change.after, good=change.good, bad=change.bad, pause_s=change.pause_s,
            )  # fmt: skip


class GuardedPaysOut(Guarded):
    """The same for a channel that pays out."""

    _channel: PaysOut

    def pay_out(self, settings: Settings, request: PayOutRequest) -> Outcome:
        """As the channel's, or `unsent`."""
        return self._ask("pay_out", lambda: self._channel.pay_out(settings, request))

    def query_pay_out(self, settings: Settings, attempt_ref: str) -> Outcome:
        """As the channel's, or `unsent`."""
        return self._ask("query_pay_out", lambda: self._channel.query_pay_out(settings, attempt_ref))


def _is_good(outcome: Outcome) -> bool:
    return outcome.status not in ("unknown", "unsent") and outcome.decline_code not in _ITS_FAULT

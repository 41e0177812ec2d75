"""A payment company inside the test: a channel whose every answer the test chooses, with books of its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.core import http
from app.core.money import Money
from app.domain.payments.channels.types import (
    Capabilities,
    Notice,
    NoticeRefused,
    Outcome,
    PayoutRequest,
    PayRequest,
    RefundRequest,
    SettingField,
    Settings,
    Status,
)

# How the next call goes. The first four are answered; `lost_*` are not, and at `died_*` our process ends on the spot.
ANSWERED = ("pending", "succeeded", "failed", "wrong_amount")
UNANSWERED = ("lost_before", "lost_after", "died_before", "died_after")
REPORTED: dict[str, Status] = {
    "pending": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "closed": "cancelled",
}


class Died(Exception):
    """Our process ends in the middle of a call."""


@dataclass(frozen=True)
class Record:
    """One payment or refund in the company's books."""

    operation: str
    money: Money
    status: str
    charge_ref: str = ""

    def outcome(self, ref: str) -> Outcome:
        """What the company says of it when it says the truth."""
        action = {"type": "redirect", "url": f"https://pay.example/{ref}"} if self.status == "pending" else None
        code = "card_declined" if self.status == "failed" else None
        return Outcome(
            status=REPORTED[self.status], amount=self.money, channel_ref=f"co_{ref}", action=action, decline_code=code
        )


class Company:
    """The channel and the company in one. `plans` is how its next calls go; then it is well again."""

    name = "company"
    title = "Company"
    capabilities = Capabilities(kinds=frozenset({"charge", "refund", "withdrawal", "payout"}), scenes=("web",))
    settings_schema: tuple[SettingField, ...] = ()

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.refused_refs: set[str] = set()
        self.plans: list[str] = []
        self.calls: Counter[str] = Counter()

    def start_payment(self, _settings: Settings, request: PayRequest) -> Outcome:
        """Take it in as planned, unless it is known or closed already."""
        record = Record("charge", request.amount, "pending")
        return self._outcome(request.attempt_ref, record, refused=request.attempt_ref in self.refused_refs)

    def refund(self, _settings: Settings, request: RefundRequest) -> Outcome:
        """Give it back as planned, never more than was paid."""
        record = Record("refund", request.amount, "pending", request.charge_ref)
        return self._outcome(request.attempt_ref, record, refused=not self.has_room(record))

    def pay_out(self, _settings: Settings, request: PayoutRequest) -> Outcome:
        """Pay it as planned."""
        return self._outcome(request.attempt_ref, Record("payout", request.amount, "pending"), refused=False)

    def query_pay_out(self, settings: Settings, attempt_ref: str) -> Outcome:
        """As for payments."""
        return self.query_payment(settings, attempt_ref)

    def query_payment(self, _settings: Settings, attempt_ref: str) -> Outcome:
        """The truth, or nothing."""
        plan = self._plan("query")
        if plan in UNANSWERED:
            return Outcome(status="unknown")
        return replace(self._truth(attempt_ref), action=None)

    def query_refund(self, settings: Settings, attempt_ref: str, _charge_ref: str) -> Outcome:
        """As for payments."""
        return self.query_payment(settings, attempt_ref)

    def close_payment(self, _settings: Settings, attempt_ref: str) -> Outcome:
        """Closed unless it was decided before; what is not known will not be taken any more."""
        plan = self._plan("close")
        if plan == "lost_before":
            return Outcome(status="unknown")
        known = self.records.get(attempt_ref)
        if known is None:
            self.refused_refs.add(attempt_ref)
        elif known.status == "pending":
            self.records[attempt_ref] = replace(known, status="closed")
        return Outcome(status="unknown") if plan in UNANSWERED else self._truth(attempt_ref)

    def decide(self, ref: str, status: str) -> None:
        """The buyer, or the company's people, decide."""
        self.records[ref] = replace(self.records[ref], status=status)

    def has_room(self, refund: Record) -> bool:
        """Whether this much more may go back of the payment."""
        charge = self.records.get(refund.charge_ref)
        if charge is None or charge.status != "succeeded":
            return False
        back = sum(each.money.minor for each in self.records.values() if _accepts(each, refund.charge_ref))
        return back + refund.money.minor <= charge.money.minor

    def notice(self, ref: str, number: str, /, **changes: Any) -> bytes:
        """A notice with the present state of the record."""
        known = self.records[ref]
        values = {"id": number, "ref": ref, "operation": known.operation, "status": known.status, "signed": True}
        values |= {"amount": known.money.minor, "currency": known.money.currency}
        return json.dumps(values | changes).encode()

    def read_notice(self, _settings: Settings, _headers: Mapping[str, str], body: bytes) -> Notice:
        """What is written there, when it is signed.

        Raises:
            NoticeRefused: it is not.
        """
        notice = json.loads(body)
        if not notice["signed"]:
            raise NoticeRefused("bad_signature")
        record = Record(notice["operation"], Money(notice["amount"], notice["currency"]), notice["status"])
        return Notice(
            external_id=notice["id"],
            operation=notice["operation"],
            our_ref=notice["ref"],
            merchant_ref="",
            outcome=record.outcome(notice["ref"]),
        )

    def acknowledge(self) -> tuple[bytes, int, str]:
        """Any 2xx."""
        return b"ok", 200, "text/plain"

    def _outcome(self, ref: str, record: Record, *, refused: bool) -> Outcome:
        plan = self._plan(record.operation)
        if plan == "died_before":
            raise Died
        if plan == "lost_before":
            return Outcome(status="unknown")
        if ref not in self.records and not refused:
            self.records[ref] = replace(record, status=plan if plan in ("succeeded", "failed") else "pending")
        if plan == "died_after":
            raise Died
        if plan == "lost_after":
            return Outcome(status="unknown")
        if ref not in self.records:
            return Outcome(status="failed", amount=record.money, decline_code="not_allowed")
        truth = self._truth(ref)
        if plan == "wrong_amount":
            return replace(truth, amount=record.money + Money(1, record.money.currency))
        return truth

    def _plan(self, call: str) -> str:
        self.calls[call] += 1
        if (watch := http._watch.get()) is not None:
            watch.sent += 1  # as if the call had gone over the wire: what comes of it is for the company to say
        return self.plans.pop(0) if self.plans else "pending"

    def _truth(self, ref: str) -> Outcome:
        known = self.records.get(ref)
        return known.outcome(ref) if known else Outcome(status="absent")


def _accepts(record: Record, charge_ref: str) -> bool:
    return record.charge_ref == charge_ref and record.status in ("pending", "succeeded")

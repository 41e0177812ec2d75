"""The bank's own file says what became of the lines of payment orders: looked at first, then recorded. The same file
again changes nothing."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Literal

from app.core import db
from app.core.errors import Conflict, Invalid
from app.core.files import isolated
from app.core.money import parse_minor
from app.domain.payments.payment_orders import service
from app.domain.payments.payment_orders.models import PaymentOrderLine
from app.domain.payments.payment_orders.states import PAYMENT_LINE, SENT, PaymentLineStatus
from app.lib.file_errors import BadFile
from app.workflow.payments import decide_payment_line
from app.workflow.payments.decide_payment_line import LineDecision

Verdict = Literal["record", "known", "unknown", "wrong_amount", "not_sent", "impossible"]
LIMITS = isolated.ResourceLimits(memory_bytes=400_000_000, cpu_s=20, silent_s=20.0, line_bytes=20_000)


@dataclass(frozen=True, kw_only=True)
class ReportEntry:
    """What the bank says of one payment: by its end-to-end `reference`, or of all of an order by the id of its file
    (`message`). `amount` is decimal, empty where the bank does not say."""

    status: PaymentLineStatus
    reference: str = ""
    message: str = ""
    reason: str = ""
    amount: str = ""
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class ReviewedEntry:
    """An entry with the line it is about. `verdict`: `record`, `known` (recorded before), `unknown` (no such line),
    `wrong_amount`, `not_sent` (its file was never downloaded), or `impossible` (not after what is recorded)."""

    entry: ReportEntry
    line: PaymentOrderLine | None
    verdict: Verdict


def read(file: IO[bytes]) -> list[ReportEntry]:
    """What a pain.002, camt.054 or camt.053 file says, in its order.

    Raises:
        Invalid: it is none of them, or says nothing of payments. Unavailable: it cannot be read just now.
    """
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(file, copy)
        copy.flush()
        try:
            found = [_entry(each) for each in isolated.read("app.lib.bank_reports:read", copy, limits=LIMITS)]
        except BadFile as error:
            raise Invalid("invalid_file", str(error), details={"param": "file"}) from error
    if not found:
        raise Invalid("invalid_file", "The file says of no payment how it ended.", details={"param": "file"})
    return found


def review(business_id: uuid.UUID, entries: Sequence[ReportEntry]) -> list[ReviewedEntry]:
    """What recording these entries would do, one after the other; nothing is written."""
    with db.reading(business_id):
        by_reference = service.lines_by_reference([each.reference for each in entries if each.reference])
        by_message = {each.message: service.lines_of_message(each.message) for each in entries if each.message}
        sent = service.statuses_of({line.payment_order_id for line in by_reference.values()})
        sent |= service.statuses_of({line.payment_order_id for lines in by_message.values() for line in lines})
    statuses: dict[uuid.UUID, str] = {}
    reviewed = []
    for entry in entries:
        named = [by_reference[entry.reference]] if entry.reference in by_reference else []
        lines: list[PaymentOrderLine | None] = [*(by_message.get(entry.message, ()) if entry.message else named)]
        for line in lines or [None]:
            verdict = _verdict(entry, line, sent, statuses)
            if verdict == "record" and line is not None:
                statuses[line.id] = entry.status
            reviewed.append(ReviewedEntry(entry=entry, line=line, verdict=verdict))
    return reviewed


def record(business_id: uuid.UUID, entries: Sequence[ReportEntry], *, actor: str) -> list[ReviewedEntry]:
    """Record what the entries say, each line in a phase of its own, and return what was done: who is stopped in between
    goes on with the same file. Whoever decided a line in the meantime was first."""
    done = []
    for each in review(business_id, entries):
        verdict = each.verdict
        if verdict == "record" and each.line is not None:
            decision = LineDecision(status=each.entry.status, reason=each.entry.reason or _default(each.entry.status))
            try:
                is_new = decide_payment_line.decide(business_id, each.line.id, decision, actor=actor)
                verdict = "record" if is_new else "known"
            except Conflict:
                verdict = "impossible"
        done.append(ReviewedEntry(entry=each.entry, line=each.line, verdict=verdict))
    return done


def _verdict(
    entry: ReportEntry, line: PaymentOrderLine | None, orders: dict[uuid.UUID, str], statuses: dict[uuid.UUID, str]
) -> Verdict:
    if line is None:
        return "unknown"
    status = statuses.get(line.id, line.status)
    if entry.amount and _minor(entry) != (line.amount_minor, line.currency):
        return "wrong_amount"
    # A line that came back was executed before, as older files still say.
    if status == entry.status or (status, entry.status) == (PaymentLineStatus.RETURNED, PaymentLineStatus.EXECUTED):
        return "known"
    if orders.get(line.payment_order_id) not in SENT:
        return "not_sent"
    return "record" if PAYMENT_LINE.allows(status, entry.status) else "impossible"


def _minor(entry: ReportEntry) -> tuple[int, str] | None:
    shown = entry.amount.rstrip("0").rstrip(".") if "." in entry.amount else entry.amount
    try:
        return parse_minor(shown, entry.currency), entry.currency
    except Invalid:
        return None


def _default(status: PaymentLineStatus) -> str:
    return "" if status == PaymentLineStatus.EXECUTED else "the bank gave no reason"


def _entry(found: dict[str, str]) -> ReportEntry:
    rest = {name: value for name, value in found.items() if name != "status"}
    return ReportEntry(status=PaymentLineStatus(found["status"]), **rest)

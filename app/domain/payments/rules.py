"""Pure decisions about attempts: what an outcome means for one, and when to ask again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.errors import Invalid, NotFound
from app.core.money import Money
from app.domain.payments.channels.types import Capabilities, Outcome, PollSchedule
from app.domain.payments.errors import NotRefundable
from app.domain.payments.states import DECIDED, AttemptStatus
from app.domain.payments.types import LinePart, RefundableLine, RefundLineCommand

HOUR_S, DAY_S = 3600, 86_400
PAID_OUT = ("withdrawal", "payout")  # kinds of transactions that have a payee
OUTGOING = ("refund", *PAID_OUT)  # kinds of transactions by which money leaves
TOP_UP_LASTS = timedelta(minutes=30)  # so long a buyer may take to pay one
# An order whose money was found on a statement waits at least so long for the second person.
TIME_TO_CONFIRM = timedelta(days=7)
# How companies are asked when they say nothing else of themselves. Money that goes out is decided by banks, which
# take days; money that comes in is decided by a buyer, who takes minutes.
_INCOMING = PollSchedule(
    lost_s=(1, 5, 15, 30, 60, 120, 300, 600, 1800, HOUR_S),
    waiting_s=(5, 10, 15, 30, 60, 120, 300, 600, 1800, HOUR_S),
    people_after_s=6 * HOUR_S,
    rarely_after_s=14 * DAY_S,
)
_OUTGOING = PollSchedule(
    lost_s=_INCOMING.lost_s,
    waiting_s=(5, 15, 60, 300, 900, HOUR_S, 3 * HOUR_S, 6 * HOUR_S),
    people_after_s=3 * DAY_S,
    rarely_after_s=30 * DAY_S,
)
POLL_SCHEDULES: dict[str, PollSchedule] = {
    **dict.fromkeys(("charge", "deduction", "top_up", "transfer"), _INCOMING),
    **dict.fromkeys(OUTGOING, _OUTGOING),
}
# Our words (channels' mappings) for refusals of a deduction that another try by the same means cannot change: the leave
# or the means is gone. All others are soft: no money today, a limit, a company that is away.
MANDATE_GONE = frozenset({"contract_ended"})
HARD_DECLINES = MANDATE_GONE | {"expired_card", "card_blocked", "account_closed"}
RARELY_S = 7 * DAY_S
# A question that could not be put (the company is being left in peace) waits so long for its next try.
UNSENT_PAUSE_S = 60
# A reference the company does not know is only believed missing after its longest time-out.
ABSENT_AFTER_S = 90


@dataclass(frozen=True)
class Verdict:
    """What to make of an outcome: the attempt's next state, or a mismatch that people must see."""

    to: str
    mismatch: bool = False


def judge(outcome: Outcome, *, status: str, amount: Money, created_at: datetime, moment: datetime) -> Verdict:
    """The attempt's next state after this outcome; `status` itself when it says nothing new.

    A success with another amount or currency, or with none, is a mismatch: never applied, never dropped.
    """
    if outcome.status == "unsent":
        return Verdict(status)
    said_nothing = outcome.amount is None and (outcome.status == "pending" or status == AttemptStatus.SUCCEEDED)
    if outcome.status in ("succeeded", "pending") and outcome.amount != amount and not said_nothing:
        return Verdict(status if status != AttemptStatus.READY else AttemptStatus.UNKNOWN, mismatch=True)
    if outcome.status == "returned":
        # What went out and came back has moved nothing; of what had succeeded its transaction takes note.
        return Verdict(status if status in DECIDED else AttemptStatus.FAILED)
    if status in DECIDED:
        # Decided. The one thing that can still happen is money arriving after a no.
        late = outcome.status == "succeeded" and status != AttemptStatus.SUCCEEDED
        return Verdict(AttemptStatus.SUCCEEDED if late else status)
    if outcome.status == "absent":
        if status == AttemptStatus.PENDING:
            # The buyer was sent there. Some companies know of a payment only when the buyer has come, and the buyer
            # may come as long as the order waits: what ends this is closing, never a question.
            return Verdict(AttemptStatus.PENDING)
        old = moment - created_at >= timedelta(seconds=ABSENT_AFTER_S)
        return Verdict(AttemptStatus.FAILED if old else AttemptStatus.UNKNOWN)
    return Verdict(outcome.status)


def from_sources(parts: Sequence[LinePart], left: Sequence[int]) -> list[list[LinePart]]:
    """What of a refund each source gives back: the first as much as it has left (minor units), then the next. A line's
    part that both give is two; its units count with the first.

    Raises:
        ValueError: all together have less left.
    """
    shares: list[list[LinePart]] = [[] for _ in left]
    rest = list(left)
    source = 0
    for part in parts:
        minor, quantity = part.amount_minor, part.quantity
        while minor:
            while source < len(rest) and not rest[source]:
                source += 1
            if source == len(rest):
                raise ValueError("a refund of more than the sources have left")
            taken = min(minor, rest[source])
            shares[source].append(replace(part, quantity=quantity, amount_minor=taken))
            rest[source] -= taken
            minor, quantity = minor - taken, None
    return shares


def next_poll(
    can: Capabilities, kind: str, *, status: str, poll_count: int, moment: datetime, since: datetime | None = None
) -> datetime:
    """When to poll for the (poll_count + 1)th time: an attempt at `status` that began at `since` (now)."""
    schedule = can.poll_schedules.get(kind) or POLL_SCHEDULES[kind]
    if since is not None and moment - since >= timedelta(seconds=schedule.rarely_after_s):
        return moment + timedelta(seconds=RARELY_S)
    pauses_s = schedule.lost_s if status == AttemptStatus.UNKNOWN else schedule.waiting_s
    return moment + timedelta(seconds=pauses_s[min(poll_count, len(pauses_s) - 1)])


# So long after a payout succeeded the company is asked once more whether it came back.
RECHECKS = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72, 168, 336, 720))


def next_recheck(can: Capabilities, kind: str, *, decided_at: datetime, moment: datetime) -> datetime | None:
    """When to ask again about an attempt that succeeded at `decided_at`; None: never (any more)."""
    if kind not in PAID_OUT or can.is_manual or can.is_internal:
        return None
    return next((decided_at + after for after in RECHECKS if decided_at + after > moment), None)


def is_for_people(can: Capabilities, kind: str, *, since: datetime, moment: datetime) -> bool:
    """Whether an attempt begun at `since` is undecided for so long that people should know of it."""
    schedule = can.poll_schedules.get(kind) or POLL_SCHEDULES[kind]
    return moment - since >= timedelta(seconds=schedule.people_after_s)


def refund_by_line(lines: Sequence[RefundableLine], commands: Sequence[RefundLineCommand]) -> list[LinePart]:
    """The parts of a refund for which lines were chosen, in the order of the commands. Units cost what they cost when
    they were bought (a discount falls on them evenly), and at most what is left of their line.

    Raises:
        NotFound: a line that the order does not have. Invalid: no line, one named twice, or nothing asked of one.
        NotRefundable: more than is left of a line.
    """
    known = {line.line_id: line for line in lines}
    if not commands or len({command.line_id for command in commands}) < len(commands):
        raise Invalid("invalid_parameter", "Name each line only once.", details={"param": "lines"})
    for command in commands:
        if command.line_id not in known:
            raise NotFound("not_found", "The order has no such line.", details={"param": "lines"})
    return [_part(known[command.line_id], command) for command in commands]


def refund_by_amount(lines: Sequence[RefundableLine], money: Money) -> list[LinePart]:
    """The parts of a refund for which no lines were chosen: over all lines by what is left of each, so that no line
    gives back more than it cost; the largest remainders take what rounding leaves."""
    shares = money.allocate([line.rest_minor for line in lines])
    parts = zip(lines, shares, strict=True)
    return [_part_of(line, quantity=None, amount_minor=share.minor) for line, share in parts if share.minor]


def _part(line: RefundableLine, command: RefundLineCommand) -> LinePart:
    minor = command.amount_minor
    if command.quantity is not None:
        if not 1 <= command.quantity <= line.rest_quantity:
            raise _too_much(line)
        before, after = (
            line.amount_minor * quantity // line.quantity
            for quantity in (line.refunded_quantity, line.refunded_quantity + command.quantity)
        )
        minor = min(after - before, line.rest_minor)
    if minor is None or (command.quantity is None and minor <= 0):
        raise Invalid("invalid_amount", "A refund must be greater than zero.", details={"param": "lines"})
    if not 0 < minor <= line.rest_minor:
        raise _too_much(line)
    return _part_of(line, quantity=command.quantity, amount_minor=minor)


def _part_of(line: RefundableLine, *, quantity: int | None, amount_minor: int) -> LinePart:
    return LinePart(
        line_id=line.line_id,
        sub_order_id=line.sub_order_id,
        seller_id=line.seller_id,
        quantity=quantity,
        amount_minor=amount_minor,
    )


def _too_much(line: RefundableLine) -> NotRefundable:
    left = {"refundable_minor": line.rest_minor, "refundable_quantity": line.rest_quantity}
    return NotRefundable("refund_exceeds_rest", "This exceeds what is left of this line.", details=left)


# Why nothing was begun, before a buyer can have acted, and not because of the buyer: another account may try.
NOT_BEGUN = frozenset(
    {
        "channel_unreachable",
        "channel_unavailable",
        "channel_misconfigured",
        "scene_unsupported",
        "invalid_request",
    }
)


def was_not_begun(outcome: Outcome) -> bool:
    """Whether this answer to a first request to begin a payment says for sure that there is none at the company.
    `unknown` never does: the company may have heard."""
    return outcome.status == "unsent" or (outcome.status == "failed" and outcome.decline_code in NOT_BEGUN)


def as_not_begun(outcome: Outcome) -> Outcome:
    """The same as an attempt's end: what was never sent, and nobody sent before, has failed."""
    if outcome.status != "unsent":
        return outcome
    return replace(outcome, status="failed", decline_code=outcome.decline_code or "channel_unavailable")

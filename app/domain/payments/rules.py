"""Pure decisions about attempts: what an outcome means for one, and when to ask again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.money import Money
from app.domain.payments.channels.types import Outcome

# Pauses before each question to the company, in seconds; the last one repeats.
ASK_LADDER_S = (5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
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
    said_nothing = outcome.amount is None and (outcome.status == "pending" or status == "succeeded")
    if outcome.status in ("succeeded", "pending") and outcome.amount != amount and not said_nothing:
        return Verdict(status if status != "ready" else "unknown", mismatch=True)
    if status in ("succeeded", "failed", "cancelled"):
        # Decided. The one thing that can still happen is money arriving after a no (F22).
        late = outcome.status == "succeeded" and status != "succeeded"
        return Verdict("succeeded" if late else status)
    if outcome.status == "absent":
        if status == "pending":
            # The buyer was sent there. Some companies know of a payment only when the buyer has come, and the buyer
            # may come as long as the order waits: what ends this is closing, never a question.
            return Verdict("pending")
        old = moment - created_at >= timedelta(seconds=ABSENT_AFTER_S)
        return Verdict("failed" if old else "unknown")
    return Verdict(outcome.status)


def next_ask(asks: int, moment: datetime) -> datetime:
    """When to ask the company for the (asks + 1)th time."""
    return moment + timedelta(seconds=ASK_LADDER_S[min(asks, len(ASK_LADDER_S) - 1)])

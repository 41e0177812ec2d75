"""What follows if a cycle is refused, and refused again: every try, the last step, and who hears of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.signing import rules
from app.domain.signing.models import Plan


class StepKind(StrEnum):
    """What happens at a step."""

    TRY = "try"
    END = "end"
    PAUSE = "pause"


@dataclass(frozen=True)
class RetryStep:
    """A step: when, the number of the try (None at the last step), the mail to the buyer if the try is refused or the
    contract ends (None: none is sent), and the types of the events that follow."""

    at: datetime
    kind: StepKind
    number: int | None
    mail: str | None
    events: tuple[str, ...]


def retry_schedule(
    plan: Plan, due_at: datetime, *, refusals: int = 0, is_hard: bool = False, is_over: bool = False
) -> tuple[RetryStep, ...]:
    """The steps from the try at `due_at` on, if it and all that follow are refused. So many `refusals` were before it.
    After a hard one there is no other try. When tries are over (`is_over`), `due_at` is that of the last step."""
    if is_over:
        return (_last_step(plan, due_at),)
    steps, at, count = [], due_at, refusals
    while True:
        count += 1
        events = ("cycle.payment_failed", "contract.past_due") if count == 1 else ("cycle.payment_failed",)
        mail = "contract_refused" if is_refusal_told(plan, count) else None
        steps.append(RetryStep(at, StepKind.TRY, count, mail, events))
        then = rules.following(plan, count, at, is_hard=is_hard)
        at = then.acts_at
        if not then.is_try:
            return (*steps, _last_step(plan, at))


def is_refusal_told(plan: Plan, refusals: int) -> bool:
    """Whether the buyer is written to about the refusal that made it so many: of the last one the end tells."""
    return refusals <= len(plan.retry_days)


def _last_step(plan: Plan, at: datetime) -> RetryStep:
    if plan.final_step == "pause":
        return RetryStep(at, StepKind.PAUSE, None, None, ("cycle.unpaid", "contract.paused"))
    return RetryStep(at, StepKind.END, None, "contract_ended", ("cycle.unpaid", "contract.ended"))

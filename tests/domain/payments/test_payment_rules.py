"""What an outcome means for an attempt: every outcome against every status, as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from app.core.money import Money
from app.domain.payments import rules
from app.domain.payments.channels.types import Capabilities, Outcome, PollSchedule, Status
from app.domain.payments.rules import Verdict
from app.domain.payments.states import ATTEMPT

AMOUNT = Money(1000, "USD")
MADE = datetime(2026, 1, 1, tzinfo=UTC)
YOUNG, OLD = MADE + timedelta(seconds=89), MADE + timedelta(seconds=90)

# What the company says, while we have the attempt as:
#              ready        pending      unknown      succeeded    failed       cancelled
TABLE: dict[str, tuple[str, ...]] = {
    "pending": ("pending", "pending", "pending", "succeeded", "failed", "cancelled"),
    "succeeded": ("succeeded", "succeeded", "succeeded", "succeeded", "succeeded", "succeeded"),
    "failed": ("failed", "failed", "failed", "succeeded", "failed", "cancelled"),
    "cancelled": ("cancelled", "cancelled", "cancelled", "succeeded", "failed", "cancelled"),
    "unknown": ("unknown", "unknown", "unknown", "succeeded", "failed", "cancelled"),
    "absent": ("unknown", "pending", "unknown", "succeeded", "failed", "cancelled"),
    "absent for long": ("failed", "pending", "failed", "succeeded", "failed", "cancelled"),
}
STATUSES = ("ready", "pending", "unknown", "succeeded", "failed", "cancelled")
CASES = [(said, have, row[column]) for said, row in TABLE.items() for column, have in enumerate(STATUSES)]


def judged(status: str, have: str, amount: Money | None) -> Verdict:
    outcome = Outcome(status=cast(Status, status.split()[0]), amount=amount)
    moment = OLD if status.endswith("long") else YOUNG
    return rules.judge(outcome, status=have, amount=AMOUNT, created_at=MADE, moment=moment)


@pytest.mark.parametrize(("status", "have", "becomes"), CASES)
def test_an_outcome_moves_an_attempt_as_the_table_says(status: str, have: str, becomes: str) -> None:
    assert judged(status, have, AMOUNT) == Verdict(becomes)
    assert ATTEMPT.allows(have, becomes)


@pytest.mark.parametrize("have", STATUSES)
@pytest.mark.parametrize("amount", [Money(999, "USD"), Money(1001, "USD"), Money(1000, "EUR")])
@pytest.mark.parametrize("status", ["succeeded", "pending"])
def test_money_of_another_amount_or_currency_is_never_applied(status: str, have: str, amount: Money) -> None:
    verdict = judged(status, have, amount)

    assert verdict == Verdict("unknown" if have == "ready" else have, mismatch=True)


@pytest.mark.parametrize("have", ["ready", "pending", "unknown", "failed", "cancelled"])
def test_money_of_no_amount_at_all_is_not_believed(have: str) -> None:
    verdict = judged("succeeded", have, None)

    assert verdict.mismatch
    assert verdict.to != "succeeded"


DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
USUAL = Capabilities(kinds=frozenset({"charge"}), scenes=("web",))
SLOW = replace(
    USUAL,
    poll_schedules={
        "charge": PollSchedule(lost_s=(7,), waiting_s=(60, 3600), people_after_s=86_400, rarely_after_s=2 * 86_400)
    },
)


def pauses(can: Capabilities, kind: str, status: str) -> list[float]:
    poll_at = [
        rules.next_poll(can, kind, status=status, poll_count=poll_count, moment=MADE) for poll_count in range(40)
    ]
    return [(moment - MADE).total_seconds() for moment in poll_at]


@pytest.mark.parametrize("kind", sorted(rules.POLL_SCHEDULES))
def test_questions_come_ever_more_slowly_and_never_end(kind: str) -> None:
    lost, waiting = pauses(USUAL, kind, "unknown"), pauses(USUAL, kind, "pending")

    assert (lost[:5], waiting[0]) == ([1, 5, 15, 30, 60], 5)
    assert (lost, waiting) == (sorted(lost), sorted(waiting))
    assert lost[-1] == 3600 <= waiting[-1]


def test_a_company_may_have_its_own_schedule_of_polls_for_a_kind() -> None:
    assert pauses(SLOW, "charge", "pending")[:3] == [60, 3600, 3600]
    assert pauses(SLOW, "charge", "unknown")[:2] == [7, 7]
    assert pauses(SLOW, "refund", "unknown") == pauses(USUAL, "refund", "unknown")


def test_what_stays_undecided_is_shown_to_people_and_polled_rarely_in_the_end() -> None:
    verdicts = [rules.is_for_people(SLOW, "charge", since=MADE, moment=MADE + age) for age in (DAY - SECOND, DAY)]
    later = MADE + 2 * DAY
    poll_at = rules.next_poll(SLOW, "charge", status="pending", poll_count=0, moment=later, since=MADE)

    assert verdicts == [False, True]
    assert poll_at - later == timedelta(days=7)

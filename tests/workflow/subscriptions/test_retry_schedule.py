"""The schedule that is shown before is what happens when every try is refused: its dates, mails and events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.core import mail
from app.core.db.models import OutboxEvent
from app.domain.notifications.mails.models import Mail
from app.read.subscriptions.retry_schedules import RetrySchedule, schedule_of_contract, schedule_of_plan
from app.workflow.accounts.change_settings import change_settings
from app.workflow.subscriptions import change_contract
from tests.factories.contracts import DAY, MONTH, contract, know_address, plan_of, sign
from tests.factories.shop import Shop


@pytest.fixture
def rich(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(mail, "is_on", lambda: True)
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    return shop


def _told(found: RetrySchedule) -> list[tuple[str, int | None, str | None]]:
    return [(str(step.kind), step.number, step.mail) for step in found.steps]


def test_a_plan_shows_each_try_and_the_last_step(rich: Shop) -> None:
    due_at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    plan_id = plan_of(rich, retry_days=(1, 3, 5, 7))

    found = schedule_of_plan(rich.business_id, plan_id, due_at=due_at)

    assert [step.at.day for step in found.steps] == [1, 2, 5, 10, 17, 17]
    refused = "contract_refused"
    assert _told(found) == [
        *(("try", number, refused) for number in (1, 2, 3, 4)),
        ("try", 5, None),
        ("end", None, "contract_ended"),
    ]
    assert found.hard_until == due_at + timedelta(days=16)


def test_a_hard_refusal_leaves_the_buyer_the_time_of_all_tries(rich: Shop) -> None:
    due_at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    plan_id = plan_of(rich, retry_days=(1, 3), final_step="pause")

    found = schedule_of_plan(rich.business_id, plan_id, due_at=due_at, is_hard=True)

    assert _told(found) == [("try", 1, "contract_refused"), ("pause", None, None)]
    assert [step.at.day for step in found.steps] == [1, 5]


def test_a_plan_without_retries_ends_at_the_first_refusal(rich: Shop) -> None:
    found = schedule_of_plan(rich.business_id, plan_of(rich, retry_days=()))

    assert _told(found) == [("try", 1, None), ("end", None, "contract_ended")]


def test_mails_that_are_turned_off_are_not_promised(rich: Shop) -> None:
    change_settings(rich.business_id, {"silent_mails": ["contract_refused"]}, actor="test")

    found = schedule_of_plan(rich.business_id, plan_of(rich, retry_days=(1,)))

    assert [step.mail for step in found.steps] == [None, None, "contract_ended"]


@pytest.mark.parametrize("final_step", ["end", "pause"])
def test_what_is_shown_is_what_happens(rich: Shop, final_step: str) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=3000, retry_days=(2, 3), final_step=final_step))
    know_address(rich, contract_id)
    rich.advance(DAY)
    before = schedule_of_contract(rich.business_id, contract_id)

    rich.advance(MONTH + 10 * DAY)

    happened = _events(rich)
    shown = [(kind, step.at) for step in before.steps for kind in step.events]
    assert sorted(kind for kind, _ in happened) == sorted(kind for kind, _ in shown)
    for kind in {kind for kind, _ in shown}:
        for at, expected in zip(_at(happened, kind), _at(shown, kind), strict=True):
            assert timedelta(0) <= at - expected < timedelta(hours=1), kind
    mailed = select(Mail.__table__).where(Mail.kind.in_(("contract_refused", "contract_ended"))).order_by(Mail.id)
    assert [each.kind for each in rich.many(mailed)] == [step.mail for step in before.steps if step.mail]
    assert schedule_of_contract(rich.business_id, contract_id).steps == ()


def _at(told: list[tuple[str, datetime]], kind: str) -> list[datetime]:
    return sorted(at for name, at in told if name == kind)


def _events(shop: Shop) -> list[tuple[str, datetime]]:
    kinds = ("cycle.payment_failed", "contract.past_due", "cycle.unpaid", "contract.ended", "contract.paused")
    table = OutboxEvent.__table__
    mine = select(table).where(table.c.business_id == shop.business_id, table.c.topic.in_(kinds))
    return [(row.topic, row.created_at) for row in shop.many(mine)]


def test_a_contract_that_is_past_due_shows_what_is_left(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=3000, retry_days=(2, 3)))
    rich.advance(MONTH + 3600)

    found = schedule_of_contract(rich.business_id, contract_id, is_hard=True)

    assert _told(found) == [("try", 2, "contract_refused"), ("try", 3, None), ("end", None, "contract_ended")]
    assert (found.steps[0].at, found.is_hard) == (contract(rich, contract_id).acts_at, False)


def test_a_contract_that_is_not_charged_any_more_shows_nothing(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    change_contract.cancel_at_period_end(rich.business_id, contract_id, actor="test")

    assert schedule_of_contract(rich.business_id, contract_id).steps == ()

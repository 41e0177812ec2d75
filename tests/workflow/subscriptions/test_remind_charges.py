"""A buyer hears of each charge once, so many days before it, by the business's time."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock, mail
from app.core.ids import new_id
from app.domain.notifications.mails.models import Mail
from app.domain.orders.types import Buyer
from app.domain.signing.calendar import Unit
from app.domain.signing.types import Consent, SignTerms
from app.workflow.accounts.change_settings import change_settings
from app.workflow.notifications.render_mail import render_mail
from app.workflow.subscriptions import change_contract, remind_charges, sign_contract
from tests.factories.contracts import DAY, MONTH, contract, plan_of
from tests.factories.shop import Shop


@pytest.fixture
def rich(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(mail, "is_on", lambda: True)
    shop.keep_wallets()
    shop.fund("buyer-1", 50_000)
    return shop


def _sign(shop: Shop, plan_id: uuid.UUID) -> uuid.UUID:
    return sign_contract.sign_contract(
        shop.business_id,
        plan_id,
        SignTerms(currency="USD", quantity=1, channel="wallet"),
        buyer=Buyer(reference="buyer-1", email="ada@example.com"),
        consent=Consent(given_to="merchant", locale="en"),
        contract_id=new_id(),
        actor="test",
    )


def _reminders(shop: Shop) -> list[str]:
    table = Mail.__table__
    rows = shop.many(select(table).where(table.c.kind == "contract_reminder").order_by(table.c.id))
    return [str(render_mail(shop.business_id, row)["Subject"]) for row in rows]


def test_it_is_told_so_many_days_before_and_not_earlier(rich: Shop) -> None:
    contract_id = _sign(rich, plan_of(rich))
    due_at = contract(rich, contract_id).next_due_at
    early = due_at - timedelta(days=3) - clock.now() - timedelta(minutes=5)

    rich.advance(early.total_seconds())
    before = _reminders(rich)
    rich.advance(600)

    assert before == []
    assert _reminders(rich) == [f"Monthly renews on {due_at:%B} {due_at.day}, {due_at.year}"]


def test_each_cycle_is_told_once_by_however_many(rich: Shop) -> None:
    contract_id = _sign(rich, plan_of(rich))
    rich.advance(MONTH - 2 * DAY)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: remind_charges.remind(rich.business_id, contract_id), range(8)))
    first = len(_reminders(rich))
    rich.advance(MONTH)

    assert first == 1
    assert len(_reminders(rich)) == 2


def test_the_end_of_a_trial_is_told(rich: Shop) -> None:
    contract_id = _sign(rich, plan_of(rich, trial_days=14))
    due_at = contract(rich, contract_id).next_due_at

    rich.advance(12 * DAY)

    assert _reminders(rich) == [f"Your free trial of Monthly ends on {due_at:%B} {due_at.day}, {due_at.year}"]


def test_periods_shorter_than_the_notice_cancelled_and_paused_ones_are_passed_over(rich: Shop) -> None:
    _sign(rich, plan_of(rich, unit=Unit.DAY, unit_minor=100))
    cancelled, paused = _sign(rich, plan_of(rich)), _sign(rich, plan_of(rich))
    change_contract.cancel_at_period_end(rich.business_id, cancelled, actor="test")
    change_contract.pause_contract(rich.business_id, paused, resumes_at=None, actor="test")

    rich.advance(MONTH)

    assert _reminders(rich) == []


def test_a_business_chooses_the_days_or_none(rich: Shop) -> None:
    change_settings(rich.business_id, {"charge_reminder_days": None}, actor="test")
    contract_id = _sign(rich, plan_of(rich))
    rich.advance(MONTH - DAY)
    none = _reminders(rich)
    change_settings(rich.business_id, {"charge_reminder_days": 10}, actor="test")

    rich.advance(MONTH - 9 * DAY)

    assert none == []
    assert len(_reminders(rich)) == 1
    assert contract(rich, contract_id).reminded_cycle >= 2

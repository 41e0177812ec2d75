"""Alerts: raised once, ended by themselves, sent to subscribers, and never many at once."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.core import clock as clocks
from app.core import db
from app.core.ids import show
from app.domain.reconciliation.kinds import KINDS, OTHERWISE_TOLD
from app.domain.reconciliation.models import Case
from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.workflow.accounts.change_settings import change_settings
from app.workflow.notifications import raise_alerts
from app.workflow.reconciliation import manage_cases, sweep_cases
from tests.factories import laws
from tests.factories.alerts import few_left, kinds_of, mails_to, send_alerts_now, set_hour
from tests.factories.cases import open_case
from tests.factories.people import make_user
from tests.factories.receiver import listen, receiver, send
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")


def test_an_endpoint_that_fails_is_alerted_once_by_name_and_answer(shop: Shop, box: Path) -> None:
    developer = make_user(shop.business_id, "developer")
    viewer = make_user(shop.business_id, "viewer")
    with receiver() as hook:
        endpoint_id = listen(shop, hook)
        hook.answers = [(503, {}, b"down")] * 20
        for _ in range(4):
            shop.place()
            _hurry(shop)
            send(shop, endpoint_id)

        for _ in range(2):
            raise_alerts.raise_due()
            send_alerts_now(shop)

        assert kinds_of(shop) == [("webhook_failing", True)]
        [mail] = mails_to(box, developer)
        assert "failing" in mail["Subject"]
        text = mail.get_body(("plain",)).get_content()
        assert "answered 503" in text
        assert "127.0.0.1" in text
        assert "token=abc" not in text
        assert "test mode" in text
        assert mails_to(box, viewer) == []

    _change_endpoint(shop, failures=0, failing_since=None)
    raise_alerts.raise_due()
    assert kinds_of(shop) == [("webhook_failing", False)]


def test_what_comes_back_soon_is_the_same_alert(shop: Shop, clock: Any) -> None:
    for left in (1, 100, 1):
        few_left(shop, stock=left)
        raise_alerts.raise_due()
    soon = kinds_of(shop)
    few_left(shop, stock=100)
    raise_alerts.raise_due()
    clock.move(3601)
    few_left(shop)
    raise_alerts.raise_due()

    assert soon == [("stock_low", True)]
    assert kinds_of(shop) == [("stock_low", False), ("stock_low", True)]


def test_a_waiting_case_without_an_alert_breaks_a_law_and_so_does_an_alert_of_a_resolved_one(
    shop: Shop, clock: Any
) -> None:
    waiting, snoozed = open_case(shop, "refund_failed"), open_case(shop, "coupons_not_issued")
    open_case(shop, "endpoint_paused")  # of which another alert tells
    manage_cases.snooze(shop.business_id, snoozed, clocks.now() + timedelta(days=1), actor="usr_somebody")

    clock.move(901)
    unheard = laws.broken(shop.business_id)
    raise_alerts.raise_due()
    heard = laws.broken(shop.business_id)
    manage_cases.resolve(shop.business_id, waiting, reason="seen to", actor="usr_somebody")
    clock.move(901)
    stale = laws.broken(shop.business_id)
    raise_alerts.raise_due()

    assert ("I170" in unheard, "I170" in heard) == (True, False)
    assert ("I171" in heard, "I171" in stale) == (False, True)
    assert not {"I170", "I171"}.intersection(laws.broken(shop.business_id))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_case_has_an_alert(shop: Shop, kind: str) -> None:
    open_case(shop, kind)

    raise_alerts.raise_due()

    told = (
        [] if kind in OTHERWISE_TOLD else [("case_urgent" if KINDS[kind].level == "urgent" else "case_warning", True)]
    )
    assert kinds_of(shop) == told


def test_a_case_is_told_louder_and_louder_until_it_is_snoozed(shop: Shop, box: Path, clock: Any) -> None:
    support, owner = make_user(shop.business_id, "support"), make_user(shop.business_id)
    set_hour(shop)
    urgent, warning = open_case(shop, "refund_failed"), open_case(shop, "coupons_not_issued")
    raise_alerts.raise_due()
    send_alerts_now(shop)
    [first] = mails_to(box, support)
    _escalate(shop, urgent)
    raised = kinds_of(shop)
    _escalate(shop, urgent)
    clock.move(601)
    send_alerts_now(shop)
    until = clocks.now() + timedelta(days=1)
    manage_cases.snooze(shop.business_id, urgent, until, actor="usr_somebody")
    manage_cases.snooze(shop.business_id, warning, until, actor="usr_somebody")
    raise_alerts.raise_due()

    text = first.get_body(("plain",)).get_content()
    assert "Refund failed, $5.00" in text
    assert f"/portal/cases/{show('case', urgent)}" in text
    assert show("case", warning) not in text  # what is not urgent waits for the morning
    assert sorted(raised) == [
        ("case_raised", True), ("case_urgent", False), ("case_warning", True)
    ]  # fmt: skip
    assert "Open for too long: Refund failed" in mails_to(box, owner)[-1].get_body(("plain",)).get_content()
    assert {is_open for _, is_open in kinds_of(shop)} == {False}


def test_a_business_says_what_is_urgent_and_who_is_told(shop: Shop, box: Path) -> None:
    support, finance = make_user(shop.business_id, "support"), make_user(shop.business_id, "finance")
    chosen = {"urgent_cases": ["late_payment"], "case_recipients": ["late_payment: finance"]}
    change_settings(shop.business_id, chosen, actor=show("usr", finance.user_id))
    set_hour(shop)
    for kind in ("late_payment", "refund_failed"):
        open_case(shop, kind)
    raise_alerts.raise_due()
    send_alerts_now(shop)

    assert sorted(kinds_of(shop)) == [("case_urgent", True), ("case_warning", True)]
    [mail] = mails_to(box, finance)
    assert mail["Subject"].startswith("Payment for a closed order")
    assert mails_to(box, support) == []


def test_who_is_responsible_is_told_although_the_role_is_not(shop: Shop, box: Path) -> None:
    support, finance = make_user(shop.business_id, "support"), make_user(shop.business_id, "finance")
    chosen = {"case_recipients": ["refund_failed: finance"]}
    change_settings(shop.business_id, chosen, actor=show("usr", finance.user_id))
    set_hour(shop)
    manage_cases.assign(shop.business_id, open_case(shop, "refund_failed"), support.user_id, actor="usr_x")
    raise_alerts.raise_due()
    send_alerts_now(shop)

    assert len(mails_to(box, support)) == len(mails_to(box, finance)) == 1


def test_a_morning_has_one_summary_in_the_zone_of_the_business(shop: Shop, box: Path, clock: Any) -> None:
    support = make_user(shop.business_id, "support")
    for _ in range(2):
        open_case(shop, "late_payment")
    set_hour(shop, 7)
    raise_alerts.raise_due()
    before = [kind for kind, _ in kinds_of(shop)]
    clock.move(3 * 3600)
    for _ in range(2):
        raise_alerts.raise_due()
        send_alerts_now(shop)
    clock.move(5 * 3600)
    raise_alerts.raise_due()

    assert "case_summary" not in before
    [mail] = mails_to(box, support)
    assert mail["Subject"].startswith("2 cases are open")
    assert kinds_of(shop).count(("case_summary", False)) == 1


def _escalate(shop: Shop, case_id: uuid.UUID) -> None:
    """The case has been open for long enough to be raised again."""
    with db.phase("test.escalate", shop.business_id):
        db.write(db.change(Case, case_id, escalates_at=clocks.now()))
    sweep_cases.sweep_due()
    raise_alerts.raise_due()


def _hurry(shop: Shop) -> None:
    """What waits for the endpoint is due now."""
    _change_endpoint(shop, due_at=clocks.now(), deferred_until=None)
    with db.phase("test.hurry", shop.business_id):
        waiting = update(WebhookDelivery).where(WebhookDelivery.status == "pending")
        db.run(waiting.values(next_attempt_at=clocks.now()))


def _change_endpoint(shop: Shop, **values: Any) -> None:
    with db.phase("test.endpoint", shop.business_id):
        db.run(update(WebhookEndpoint).values(**values))

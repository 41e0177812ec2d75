"""The sweep keeps the inbox true."""

from __future__ import annotations

import uuid
from ast import literal_eval
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core import clock, db
from app.core.ids import new_id
from app.domain.payments.channels import registry
from app.domain.reconciliation import service
from app.domain.reconciliation.conditions import MANUAL, TEST_OR_INTERNAL
from app.domain.reconciliation.models import Case
from app.domain.webhooks.models import WebhookEndpoint
from app.read.operations import audit
from app.workflow.checkout.manage_agreements import publish_agreement
from app.workflow.payments.manage_channels import add_channel_account
from app.workflow.reconciliation import manage_cases, sweep_cases
from app.workflow.webhooks import manage_webhooks
from app.workflow.webhooks.manage_webhooks import EndpointCommand
from tests.factories.live import make_live
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")


def _cases(shop: Shop, kind: str) -> list[Any]:
    return list(shop.many(select(Case.__table__).where(Case.kind == kind).order_by(Case.created_at, Case.id)))


def _paused(shop: Shop) -> Any:
    command = EndpointCommand("https://hooks.example/", ["*"])
    endpoint = manage_webhooks.create_endpoint(shop.business_id, command, actor="usr_somebody").id
    manage_webhooks.pause_endpoint(shop.business_id, endpoint, actor="usr_somebody")
    with db.phase("test.why", shop.business_id):
        db.run(update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint).values(pause_reason="gone"))
    return endpoint


def test_a_paused_endpoint_has_one_case_until_it_is_enabled(shop: Shop) -> None:
    endpoint = _paused(shop)
    for _ in range(2):
        sweep_cases.sweep_due()
    assert [case.status for case in _cases(shop, "endpoint_paused")] == ["open"]

    manage_webhooks.enable_endpoint(shop.business_id, endpoint, skip_waiting=False, actor="usr_somebody")
    sweep_cases.sweep_due()

    [case] = _cases(shop, "endpoint_paused")
    assert (case.status, case.resolved_by) == ("resolved", "system")


def test_what_a_person_resolved_comes_back_only_after_it_was_over(shop: Shop) -> None:
    endpoint = _paused(shop)
    sweep_cases.sweep_due()
    [case] = _cases(shop, "endpoint_paused")
    manage_cases.resolve(shop.business_id, case.id, reason="not needed", actor="usr_somebody")
    sweep_cases.sweep_due()
    assert len(_cases(shop, "endpoint_paused")) == 1

    manage_webhooks.enable_endpoint(shop.business_id, endpoint, skip_waiting=False, actor="usr_somebody")
    sweep_cases.sweep_due()
    manage_webhooks.pause_endpoint(shop.business_id, endpoint, actor="usr_somebody")
    with db.phase("test.why", shop.business_id):
        db.run(update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint).values(pause_reason="failing"))
    sweep_cases.sweep_due()

    assert [case.status for case in _cases(shop, "endpoint_paused")] == ["resolved", "open"]


def test_an_old_case_is_raised_twice_and_the_audit_misses_it_before(shop: Shop) -> None:
    with db.phase("test.open", shop.business_id):
        service.open_case("late_payment", subject_id=new_id(), order_id=None, details={})
    [case] = _cases(shop, "late_payment")
    for number in (1, 2):
        _set(shop, case.id, escalates_at=clock.now() - timedelta(hours=1))
        assert "I133" in _broken()
        sweep_cases.sweep_due()
        assert _cases(shop, "late_payment")[0].escalation == number

    assert _cases(shop, "late_payment")[0].escalates_at is None
    assert "I133" not in _broken()


def test_the_audit_finds_cases_that_are_over_missing_or_of_no_kind(shop: Shop) -> None:
    with db.phase("test.open", shop.business_id):
        service.open_case("credit_spent", subject_id=new_id(), order_id=None, details={})
    [case] = _cases(shop, "credit_spent")
    assert not {"I130", "I131", "I132", "I134"} & _broken()

    _set(shop, case.id, created_at=clock.now() - timedelta(days=31))
    assert "I131" in _broken()
    sweep_cases.sweep_due()
    assert _cases(shop, "credit_spent")[0].resolved_by == "system"
    _set(shop, case.id, resolution="otherwise")
    _set(shop, case.id, kind="invented")

    assert {"I130", "I132"} <= _broken()
    _set(shop, case.id, kind="credit_spent", resolution=_cases(shop, "invented")[0].resolution and "nobody objected")
    assert not {"I130", "I131", "I132"} & _broken()


def _set(shop: Shop, case_id: Any, **values: Any) -> None:
    with db.phase("test.set", shop.business_id):
        db.run(update(Case).where(Case.id == case_id).values(**values))


def _broken() -> set[str]:
    return {each.id for each in audit.run() if each.rows}


def test_a_live_business_without_a_channel_has_a_case_until_one_is_on(shop: Shop) -> None:
    live_id = make_live(shop.business_id, activated_at=clock.now())
    publish_agreement(live_id, code="terms", locale="en", title="Terms", body="Be kind.")
    sweep_cases.sweep_due()
    [before] = _of(live_id)

    bank = {"account_holder": "Shop Ltd", "bank_name": "First Bank", "account_number": "DE00 1234", "pay_days": "7"}
    add_channel_account(live_id, channel="offline", name="Bank", values=bank)
    sweep_cases.sweep_due()

    [after] = _of(live_id)
    assert (before.status, before.details) == ("open", {"lacks": "live channel"})
    assert (after.status, after.resolved_by) == ("resolved", "system")


def test_channels_that_need_no_test_are_those_that_say_so() -> None:
    found = {name: registry.capabilities(name) for name in registry.CHANNELS}

    assert set(literal_eval(TEST_OR_INTERNAL)) == {
        name for name, can in found.items() if can.test_only or can.is_internal
    }
    assert [literal_eval(MANUAL)] == [name for name, can in found.items() if can.is_manual]


def _of(business_id: uuid.UUID) -> list[Any]:
    table = db.table(Case)
    with db.reading(business_id):
        return list(db.rows(select(table).where(table.c.business_id == business_id, table.c.kind == "cannot_sell")))

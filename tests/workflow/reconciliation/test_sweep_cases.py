"""The sweep keeps the inbox true."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core import clock, db
from app.core.ids import new_id
from app.domain.reconciliation import service
from app.domain.reconciliation.models import Case
from app.domain.webhooks.models import WebhookEndpoint
from app.read.operations import audit
from app.workflow.reconciliation import manage_cases, sweep_cases
from app.workflow.webhooks import manage_webhooks
from app.workflow.webhooks.manage_webhooks import EndpointCommand
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

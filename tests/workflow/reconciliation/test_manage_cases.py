"""What people do with cases."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db.models import OutboxEvent
from app.core.errors import AppError, Conflict, Invalid
from app.core.ids import new_id
from app.domain.reconciliation import service
from app.domain.reconciliation.kinds import KINDS
from app.domain.reconciliation.models import Case, CaseActivity
from app.workflow.reconciliation import manage_cases
from tests.factories.cases import open_case
from tests.factories.people import make_user
from tests.factories.shop import Shop


def _case(shop: Shop, case_id: uuid.UUID) -> Case:
    found: Case = shop.one(select(Case.__table__).where(Case.id == case_id))
    return found


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_person_resolves_a_case_of_each_kind(shop: Shop, kind: str) -> None:
    subject_id = new_id()
    case_id = open_case(shop, kind, subject_id)

    manage_cases.resolve(shop.business_id, case_id, reason="seen at the bank", actor="usr_somebody")

    row = _case(shop, case_id)
    assert (row.status, row.resolved_by, row.resolution) == ("resolved", "usr_somebody", "seen at the bank")
    topics = [event.topic for event in shop.many(select(OutboxEvent.topic).where(OutboxEvent.aggregate_id == case_id))]
    assert sorted(topics) == ["case.opened", "case.resolved"]
    with db.phase("test.again", shop.business_id):
        service.open_case(kind, subject_id=subject_id, order_id=None, details={})
    assert len(shop.many(select(Case.id).where(Case.subject_id == subject_id))) == 1
    shop.audit()


def test_of_two_people_who_resolve_at_once_one_wins(shop: Shop) -> None:
    case_id = open_case(shop)

    def resolve(who: str) -> bool:
        try:
            manage_cases.resolve(shop.business_id, case_id, reason=who, actor=f"usr_{who}")
        except AppError:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(resolve, ("a", "b", "c", "d")))

    assert sum(done) == 1
    assert _case(shop, case_id).resolution == "abcd"[done.index(True)]
    shop.audit()


def test_a_case_is_assigned_to_somebody_of_the_team_only(shop: Shop) -> None:
    case_id, member = open_case(shop), make_user(shop.business_id).user_id

    with pytest.raises(Invalid):
        manage_cases.assign(shop.business_id, case_id, new_id(), actor="usr_somebody")
    manage_cases.assign(shop.business_id, case_id, member, actor="usr_somebody")

    assert _case(shop, case_id).assignee_id == member
    shop.audit()


def test_a_snooze_ends_in_the_future_and_holds_the_escalation_back(shop: Shop) -> None:
    case_id, until = open_case(shop), clock.now() + timedelta(days=30)

    for wrong in (clock.now() - timedelta(hours=1), clock.now() + timedelta(days=91)):
        with pytest.raises(Invalid):
            manage_cases.snooze(shop.business_id, case_id, wrong, actor="usr_somebody")
    manage_cases.snooze(shop.business_id, case_id, until, actor="usr_somebody")

    assert (_case(shop, case_id).snoozed_until, _case(shop, case_id).escalates_at) == (until, until)


def test_who_saw_an_older_revision_is_refused(shop: Shop) -> None:
    case_id = open_case(shop)
    manage_cases.comment(shop.business_id, case_id, "The bank says yes.", actor="usr_somebody")

    with pytest.raises(Conflict):
        manage_cases.resolve(shop.business_id, case_id, reason="done", actor="usr_somebody", seen=1)
    manage_cases.resolve(shop.business_id, case_id, reason="done", actor="usr_somebody", seen=2)
    manage_cases.comment(shop.business_id, case_id, "Afterwards.", actor="usr_somebody")

    written = shop.many(select(CaseActivity.body).where(CaseActivity.case_id == case_id).order_by(CaseActivity.id))
    assert [row.body for row in written] == ["The bank says yes.", "Afterwards."]
    with pytest.raises(Conflict):
        manage_cases.snooze(shop.business_id, case_id, None, actor="usr_somebody")

"""One thing done to many cases: each by itself, and nothing twice."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Invalid, NotFound
from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.reconciliation.models import Case, CaseActivity
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.reconciliation import bulk_cases, manage_cases
from app.workflow.reconciliation.bulk_cases import MAX_COUNT, BulkCommand, CaseResult
from tests.factories.cases import open_case
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.workflow.reconciliation.test_mend_case import WHO, mismatched


def _command(action: str, **more: Any) -> BulkCommand:
    return BulkCommand(action=action, actor=WHO, run_id=new_id(), **more)


def _results(made: list[CaseResult]) -> list[str]:
    return [each.result for each in made]


def _statuses(shop: Shop) -> list[str]:
    return [row.status for row in shop.many(select(Case.status).order_by(Case.created_at, Case.id))]


def test_many_are_resolved_and_what_was_resolved_before_is_skipped(shop: Shop) -> None:
    meant = [open_case(shop) for _ in range(3)]
    manage_cases.resolve(shop.business_id, meant[1], reason="before", actor=WHO)
    command = _command("resolve", text="Settled elsewhere.")

    looked = bulk_cases.look(shop.business_id, meant, command)
    made = bulk_cases.run(shop.business_id, meant, command)
    again = bulk_cases.run(shop.business_id, meant, command)

    assert _results(looked) == _results(made) == _results(again) == ["done", "skipped", "done"]
    assert _statuses(shop) == ["resolved"] * 3
    shop.audit()


def test_one_that_refuses_keeps_none_of_the_others(shop: Shop) -> None:
    meant, member = [open_case(shop) for _ in range(2)], make_user(shop.business_id).user_id

    strangers = bulk_cases.run(shop.business_id, meant, _command("assign", user_id=new_id()))
    made = bulk_cases.run(shop.business_id, meant, _command("assign", user_id=member))

    assert (_results(strangers), strangers[0].message) == (["refused"] * 2, "This person is not in the team.")
    assert _results(made) == ["done"] * 2
    assert {row.assignee_id for row in shop.many(select(Case.assignee_id))} == {member}


def test_the_same_run_again_comments_and_refunds_once(shop: Shop) -> None:
    (first, one), (second, other) = mismatched(shop), mismatched(shop)
    idle = open_case(shop)
    comment = _command("comment", text="The bank says 10.")
    mend = _command("mend", mend="refund_rest", text="duplicate")
    looked = bulk_cases.look(shop.business_id, [one, other, idle], mend)
    assert shop.refunds(first) == []

    for _ in range(2):
        bulk_cases.run(shop.business_id, [one, other], comment)
        made = bulk_cases.run(shop.business_id, [one, other, idle], mend)

    assert [(each.result, each.money) for each in looked] == [
        ("done", Money(1000, "USD")), ("done", Money(1000, "USD")), ("skipped", None)
    ]  # fmt: skip
    assert _results(made) == ["done", "done", "skipped"]
    assert [refund.amount_minor for each in (first, second) for refund in shop.refunds(each)] == [1000, 1000]
    noted = [row.action for row in shop.many(select(CaseActivity.action))]
    assert sorted(noted) == ["comment", "comment", "mended", "mended"]


def test_what_takes_a_second_person_is_requested(shop: Shop) -> None:
    _, case_id = mismatched(shop)
    set_approval_limits(shop.business_id, {"refund": {"USD": 1}})
    mend = BulkCommand(
        action="mend",
        actor=show("usr", make_user(shop.business_id).user_id),
        run_id=new_id(),
        mend="refund_rest",
        text="duplicate",
    )

    made = bulk_cases.run(shop.business_id, [case_id], mend)

    assert _results(made) == ["requested"]


def test_nothing_is_done_when_one_is_missing_or_there_are_too_many(shop: Shop) -> None:
    case_id = open_case(shop)

    with pytest.raises(NotFound):
        bulk_cases.run(shop.business_id, [case_id, new_id()], _command("resolve", text="why"))
    with pytest.raises(Invalid):
        bulk_cases.run(shop.business_id, [new_id() for _ in range(MAX_COUNT + 1)], _command("resolve", text="why"))
    for command in (_command("resolve"), _command("comment", text=" "), _command("burn")):
        with pytest.raises(Invalid):
            bulk_cases.run(shop.business_id, [case_id], command)

    assert _statuses(shop) == ["open"]


def test_who_runs_out_of_time_is_told_which_are_left(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_cases, "AT_MOST_S", 0.0)

    made = bulk_cases.run(shop.business_id, [open_case(shop)], _command("resolve", text="why"))

    assert (_results(made), _statuses(shop)) == (["skipped"], ["open"])

"""Rule sets: drafts are changed, shadows tried, and two people turn one on."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import Conflict, Invalid
from app.core.ids import show
from app.core.states import IllegalTransition
from app.domain.accounts.business.models import Approval
from app.domain.risk.models import RiskRuleSet
from app.workflow.accounts.approvals import decide_approval
from app.workflow.risk import manage_rule_sets
from app.workflow.risk.manage_rule_sets import RuleSetCommand
from tests.factories.people import make_user
from tests.factories.risk import BLOCK_LIST, make_rule_set, starter
from tests.factories.shop import Shop


def statuses(shop: Shop) -> list[tuple[int, str]]:
    with db.reading(shop.business_id):
        mine = select(RiskRuleSet.number, RiskRuleSet.status).where(RiskRuleSet.business_id == shop.business_id)
        return [(row.number, row.status) for row in db.rows(mine.order_by(RiskRuleSet.number))]


def person(shop: Shop) -> str:
    return show("usr", make_user(shop.business_id).user_id)


def test_one_is_on_and_one_in_shadow(shop: Shop) -> None:
    for to in ("on", "shadow", "on", "shadow"):
        make_rule_set(shop, to=to)

    # The third took the place of the shadow and then of the first; the fourth is in shadow.
    assert statuses(shop) == [(1, "retired"), (2, "draft"), (3, "on"), (4, "shadow")]
    shop.audit()


def test_a_draft_is_changed_and_nothing_else(shop: Shop) -> None:
    rule_set_id = make_rule_set(shop, to="draft")
    command = RuleSetCommand(name="Other", rules=starter("card_testing"), block_at=50)

    manage_rule_sets.change(shop.business_id, rule_set_id, command, actor="test")
    manage_rule_sets.move(shop.business_id, rule_set_id, "shadow", actor="test")
    with pytest.raises(Conflict) as refused:
        manage_rule_sets.change(shop.business_id, rule_set_id, command, actor="test")

    with db.reading(shop.business_id):
        row = db.get(RiskRuleSet, rule_set_id)
    assert (row.name, len(row.rules), row.block_at) == ("Other", 3, 50)
    assert refused.value.code == "rule_set_not_draft"


def test_it_is_turned_on_by_a_second_person_only(shop: Shop) -> None:
    rule_set_id, maker = make_rule_set(shop), person(shop)

    with pytest.raises(Conflict):
        manage_rule_sets.move(shop.business_id, rule_set_id, "on", actor=maker)
    approval_id = manage_rule_sets.request(shop.business_id, rule_set_id, actor=maker)
    again = manage_rule_sets.request(shop.business_id, rule_set_id, actor=maker)
    before = statuses(shop)
    ended = decide_approval.approve(shop.business_id, approval_id, actor=person(shop), reason="Checked")
    with db.reading(shop.business_id):
        approval = db.get(Approval, approval_id)
    manage_rule_sets.turn_on(shop.business_id, approval)

    assert (again, before, ended) == (approval_id, [(1, "shadow")], "done")
    assert statuses(shop) == [(1, "on")]


def test_what_changed_meanwhile_is_not_turned_on(shop: Shop) -> None:
    rule_set_id = make_rule_set(shop)
    approval_id = manage_rule_sets.request(shop.business_id, rule_set_id, actor=person(shop))
    manage_rule_sets.move(shop.business_id, rule_set_id, "draft", actor="test")
    command = RuleSetCommand(name="Rules", rules=starter("card_testing"))
    manage_rule_sets.change(shop.business_id, rule_set_id, command, actor="test")
    manage_rule_sets.move(shop.business_id, rule_set_id, "shadow", actor="test")

    ended = decide_approval.approve(shop.business_id, approval_id, actor=person(shop), reason="Checked")

    assert (ended, statuses(shop)) == ("failed", [(1, "shadow")])


def test_a_draft_cannot_be_requested_and_nothing_comes_back(shop: Shop) -> None:
    draft, empty = make_rule_set(shop, to="draft"), RuleSetCommand(name="Empty")
    empty_id = manage_rule_sets.create(shop.business_id, empty, actor="test")

    with pytest.raises(Conflict) as not_shadow:
        manage_rule_sets.request(shop.business_id, draft, actor=person(shop))
    with pytest.raises(Conflict) as without_rules:
        manage_rule_sets.move(shop.business_id, empty_id, "shadow", actor="test")
    manage_rule_sets.move(shop.business_id, draft, "retired", actor="test")
    with pytest.raises(IllegalTransition):
        manage_rule_sets.move(shop.business_id, draft, "draft", actor="test")

    assert (not_shadow.value.code, without_rules.value.code) == ("rule_set_not_shadow", "rule_set_empty")


@pytest.mark.parametrize("command", [RuleSetCommand(name=" "), RuleSetCommand(name="x", rules=BLOCK_LIST * 2)])
def test_what_cannot_be_a_rule_set_is_refused(shop: Shop, command: RuleSetCommand) -> None:
    with pytest.raises(Invalid):
        manage_rule_sets.create(shop.business_id, command, actor="test")


def test_the_same_request_makes_one(shop: Shop) -> None:
    rule_set_id = make_rule_set(shop, to="draft")

    again = manage_rule_sets.create(
        shop.business_id, RuleSetCommand(name="Other"), actor="test", rule_set_id=rule_set_id
    )

    assert (again, statuses(shop)) == (rule_set_id, [(1, "draft")])

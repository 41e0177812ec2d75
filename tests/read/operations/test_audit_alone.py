"""The audit finds what was decided alone without proof, too early, or where somebody else was there."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from app.core.ids import parse, show
from app.core.money import Money
from app.domain.accounts.business.errors import ApprovalNeeded
from app.read.operations import audit
from app.workflow.accounts import manage_keys
from app.workflow.accounts.approvals import decide_alone, decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.manage_keys import KeyCommand
from app.workflow.wallets.move_money import grant
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

OF_IT = " WHERE business_id = :business"
DAMAGE = {
    "I150 old proof": "UPDATE approvals SET second_factor_at = decided_at - interval '16 minutes'" + OF_IT,
    "I150 too early": "UPDATE approvals SET not_before = decided_at" + OF_IT,
    "I150 unchecked": "UPDATE approvals SET alone_checked_at = NULL" + OF_IT,
    "I150 a key": "UPDATE approvals SET decided_alone_by = 'key:key_a'" + OF_IT,
    "I150 an operator": "UPDATE approvals SET requested_by = 'operator:usr_a'" + OF_IT,
    "I151": "INSERT INTO memberships (business_id, id, created_at, user_id, role) SELECT :business, gen_random_uuid(),"
    " '2020-01-01', id, 'owner' FROM users WHERE id NOT IN (SELECT user_id FROM memberships WHERE business_id ="
    " :business) LIMIT 1",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_broken_law_of_deciding_alone_is_reported(
    undone: Undone, new_shop: Callable[..., Shop], clock: ModuleType, damage: str
) -> None:
    shop = new_shop()
    shop.keep_wallets()
    set_approval_limits(shop.business_id, {"top_up": {"USD": 0}}, decides_alone=True, alone_waits_h=1)
    ann = show("usr", make_user(shop.business_id).user_id)
    make_user(new_shop().business_id)  # somebody who can be made to have been there
    with pytest.raises(ApprovalNeeded) as needed:
        grant(shop.business_id, buyer="buyer-1", money=Money(100, "USD"), actor=ann, reason="x")
    approval_id = parse("apr", needed.value.details["approval_id"])
    decide_alone.decide_alone(shop.business_id, approval_id, actor=ann, proven_at=clock.now())
    clock.move(3700)
    decide_approval.sweep_approvals()

    before = _reported(shop)
    with undone.trial() as connection:
        table = "memberships" if damage == "I151" else "approvals"
        as_owner(connection, table, DAMAGE[damage], {"business": shop.business_id})
        broken = _reported(shop)

    assert (before, broken) == (set(), {damage.split()[0]})


def _reported(shop: Shop) -> set[str]:
    return {finding.id for finding in audit.run() for row in finding.rows if row.get("business_id") == shop.business_id}


KEY_DAMAGE = {
    "unlimited": "UPDATE approvals SET key_limit_minor = NULL",
    "over its limit": "UPDATE approvals SET key_limit_minor = 99",
    "a kind of no key": "UPDATE approvals SET kind = 'transfer', key_limit_minor = NULL",
}


@pytest.mark.parametrize("damage", KEY_DAMAGE)
def test_a_key_that_approved_too_much_is_reported(undone: Undone, new_shop: Callable[..., Shop], damage: str) -> None:
    shop = new_shop()
    shop.keep_wallets()
    set_approval_limits(shop.business_id, {"top_up": {"USD": 0}})
    ann, ben = (show("usr", make_user(shop.business_id).user_id) for _ in range(2))
    command = KeyCommand("Robot", approval_limits={"top_up": {"USD": 100}})
    key = show("key", manage_keys.make_key(shop.business_id, command, kind="secret", actor=ann).id)
    with pytest.raises(ApprovalNeeded) as needed:
        grant(shop.business_id, buyer="buyer-1", money=Money(100, "USD"), actor=ben, reason="x")
    decide_approval.approve(shop.business_id, parse("apr", needed.value.details["approval_id"]), actor=f"key:{key}")

    before = _reported(shop)
    with undone.trial() as connection:
        as_owner(connection, "approvals", KEY_DAMAGE[damage] + OF_IT, {"business": shop.business_id})
        broken = _reported(shop)

    assert before == set()
    assert "I152" in broken

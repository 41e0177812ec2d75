"""Approvals through the API."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from app.core import clock
from app.core.ids import parse, show
from app.core.money import Money
from app.domain.accounts.business.errors import ApprovalNeeded
from app.workflow.accounts import manage_keys
from app.workflow.accounts.approvals.decide_alone import decide_alone
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.manage_keys import KeyCommand
from app.workflow.wallets.move_money import grant
from tests.factories.people import make_user
from tests.factories.shop import Shop


def test_what_was_decided_alone_says_so_and_is_cancelled(merchant: Any) -> None:
    approval_id, ann = _waiting(merchant)
    path = f"/v1/approvals/{show('apr', approval_id)}"
    requested = merchant.get(path).json
    early = merchant.post(f"{path}/cancel", once=None)
    decide_alone(merchant.shop.business_id, approval_id, actor=ann, proven_at=clock.now())

    waiting = merchant.get(path).json
    cancelled = merchant.post(f"{path}/cancel", once=None)
    again = merchant.post(f"{path}/cancel", once=None)

    assert (requested["decided_alone_by"], requested["takes_effect_at"]) == (None, None)
    assert (waiting["status"], waiting["decided_by"], waiting["decided_alone_by"]) == ("approved", "system:waited", ann)
    assert waiting["takes_effect_at"] > waiting["decided_at"]
    assert (cancelled.status_code, cancelled.json["status"]) == (200, "failed")
    assert (early.status_code, again.status_code, again.json["code"]) == (409, 409, "version_conflict")


def test_a_key_with_limits_decides(merchant: Any) -> None:
    shop = merchant.shop
    shop.keep_wallets()
    ann, ben = (show("usr", make_user(shop.business_id).user_id) for _ in range(2))
    set_approval_limits(shop.business_id, {"top_up": {"USD": 0}})
    limits = {"top_up": {"USD": 500}}
    about = {"kind": "restricted", "actor": ann}
    made = manage_keys.make_key(
        shop.business_id, KeyCommand("Robot", ["approvals.write", "keys.read"], approval_limits=limits), **about
    )
    weak = manage_keys.make_key(shop.business_id, KeyCommand("Reader", ["approvals.read"]), **about)
    small, large, own, other = (
        f"/v1/approvals/{show('apr', _asked(shop, actor, minor))}"
        for actor, minor in ((ben, 400), (ben, 600), (ann, 100), (ben, 100))
    )
    robot = replace(merchant, key=made.secret)
    why = {"reason": "in the budget"}

    done = robot.post(f"{small}/approve", why, once=None)
    refused = [robot.post(f"{path}/approve", why, once=None) for path in (large, own, small)]
    rejected = robot.post(f"{other}/reject", why, once=None)
    without = replace(merchant, key=weak.secret).post(f"{other}/approve", why, once=None)
    shown = robot.get(f"/v1/keys/{show('key', made.id)}").json["approval_limits"]

    assert (done.status_code, done.json["status"], done.json["decision"]) == (200, "done", "in the budget")
    assert [each.json["code"] for each in refused][:2] == ["over_key_limit", "own_request"]
    assert (rejected.json["status"], without.status_code) == ("rejected", 403)
    assert shown == [{"kind": "top_up", "currency": "USD", "amount_minor": 500}]


def test_limits_of_a_key_are_set_within_ones_own(merchant: Any) -> None:
    limits = [{"kind": "refund", "currency": "USD", "amount_minor": 100}]

    refused = merchant.post("/v1/keys", {"name": "Robot", "approval_limits": limits})
    wrong = merchant.post("/v1/keys", {"name": "Robot", "approval_limits": [{**limits[0], "currency": "PTS"}]})

    assert (refused.status_code, refused.json["code"]) == (403, "beyond_own_role")
    assert (wrong.status_code, wrong.json["code"]) == (422, "invalid_limit")


def _asked(shop: Shop, actor: str, minor: int) -> uuid.UUID:
    with pytest.raises(ApprovalNeeded) as needed:
        grant(shop.business_id, buyer="buyer-1", money=Money(minor, "USD"), actor=actor, reason="x")
    return parse("apr", needed.value.details["approval_id"])


def _waiting(merchant: Any) -> tuple[uuid.UUID, str]:
    shop = merchant.shop
    shop.keep_wallets()
    ann = show("usr", make_user(shop.business_id).user_id)
    set_approval_limits(shop.business_id, {"top_up": {"USD": 0}}, decides_alone=True)
    return _asked(shop, ann, 100), ann

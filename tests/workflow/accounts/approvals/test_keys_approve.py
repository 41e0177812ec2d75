"""Keys approve what others request, up to a limit a day, and never what their own people want."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from app.core.errors import Denied, Invalid
from app.core.ids import parse, show
from app.core.money import Money
from app.domain.accounts.business.errors import ApprovalNeeded, OwnRequest
from app.read.accounts import approvals
from app.workflow.accounts import manage_keys
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.manage_keys import KeyCommand
from app.workflow.fulfilment.change_points import change_points
from app.workflow.wallets.move_money import grant
from tests.factories.people import make_user
from tests.factories.shop import Shop

LIMITS = {"top_up": {"USD": 500}, "points": {"PTS": 50}}


@pytest.fixture
def ann(shop: Shop) -> str:
    """The owner behind the keys."""
    shop.keep_wallets()
    set_approval_limits(shop.business_id, {"top_up": {"USD": 0}, "points": {"PTS": 0}}, channels_need_approval=True)
    return show("usr", make_user(shop.business_id).user_id)


@pytest.fixture
def ben(shop: Shop, ann: str) -> str:
    """Another owner."""
    assert ann
    return show("usr", make_user(shop.business_id).user_id)


def _key(shop: Shop, actor: str, limits: Any = LIMITS, *, kind: str = "secret") -> str:
    command = KeyCommand("Robot", approval_limits=limits)
    return f"key:{show('key', manage_keys.make_key(shop.business_id, command, kind=kind, actor=actor).id)}"


def _asked(shop: Shop, actor: str, minor: int = 300, currency: str = "USD") -> uuid.UUID:
    about: dict[str, Any] = {"buyer": "buyer-1", "actor": actor, "reason": "x"}
    try:
        if currency == "PTS":
            change_points(shop.business_id, change=minor, **about)
        else:
            grant(shop.business_id, money=Money(minor, currency), **about)
    except ApprovalNeeded as needed:
        return parse("apr", needed.details["approval_id"])
    raise AssertionError("nobody was asked")


def test_a_key_approves_up_to_its_limit_of_a_day(shop: Shop, ann: str, ben: str, clock: ModuleType) -> None:
    key = _key(shop, ann)
    first, second, third, points = (*(_asked(shop, ben, each) for each in (300, 200, 1)), _asked(shop, ben, 50, "PTS"))

    done = [decide_approval.approve(shop.business_id, each, actor=key) for each in (first, second, points)]
    with pytest.raises(Denied) as over:
        decide_approval.approve(shop.business_id, third, actor=key)
    clock.move(24 * 3600 + 60)

    assert done == ["done"] * 3
    assert over.value.code == "over_key_limit"
    assert approvals.get_approval(shop.business_id, first).key_limit_minor == 500
    assert decide_approval.approve(shop.business_id, third, actor=key) == "done"


def test_of_two_at_once_over_the_limit_together_one_is_approved(shop: Shop, ann: str, ben: str) -> None:
    key, asked = _key(shop, ann), [_asked(shop, ben, 300) for _ in range(2)]

    def approve(approval_id: uuid.UUID) -> str:
        try:
            return decide_approval.approve(shop.business_id, approval_id, actor=key)
        except Denied as denied:
            return denied.code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(approve, asked)) == ["done", "over_key_limit"]


@pytest.mark.parametrize("who", ["its maker", "itself", "another key of its maker", "who rolled it"])
def test_a_key_decides_nothing_that_it_or_its_people_requested(shop: Shop, ann: str, ben: str, who: str) -> None:
    key = _key(shop, ann)
    requester = {"its maker": ann, "itself": key, "another key of its maker": _key(shop, ann, {})}.get(who, ben)
    if who == "who rolled it":
        rolled = manage_keys.roll_key(shop.business_id, parse("key", key[4:]), overlap=timedelta(hours=1), actor=ben)
        key = f"key:{show('key', rolled.id)}"
    approval_id = _asked(shop, requester)

    for decide in (decide_approval.approve, decide_approval.reject):
        with pytest.raises(OwnRequest):
            decide(shop.business_id, approval_id, actor=key, reason="x")

    assert approvals.get_approval(shop.business_id, approval_id).status == "requested"


@pytest.mark.parametrize("limits", [{}, {"top_up": {"EUR": 900}}, {"refund": {"USD": 900}}, {"top_up": {"USD": 299}}])
def test_a_key_without_a_limit_for_it_approves_nothing(shop: Shop, ann: str, ben: str, limits: Any) -> None:
    approval_id = _asked(shop, ben)

    with pytest.raises(Denied) as denied:
        decide_approval.approve(shop.business_id, approval_id, actor=_key(shop, ann, limits))

    assert denied.value.code == "over_key_limit"


def test_wider_limits_are_decided_by_no_key(shop: Shop, ann: str, ben: str) -> None:
    needed = set_approval_limits(shop.business_id, {}, channels_need_approval=False, actor=ben)
    assert needed is not None

    with pytest.raises(Denied):
        decide_approval.approve(shop.business_id, parse("apr", needed.details["approval_id"]), actor=_key(shop, ann))


def test_a_key_passes_on_at_most_its_own_limits_and_only_owners_begin(shop: Shop, ann: str) -> None:
    key, developer = _key(shop, ann), show("usr", make_user(shop.business_id, "developer").user_id)
    more = {"top_up": {"USD": 501}}

    for actor, limits in ((key, more), (_key(shop, ann, {}), LIMITS), (developer, LIMITS)):
        with pytest.raises(Denied):
            _key(shop, actor, limits)
    with pytest.raises(Denied):
        manage_keys.change_key(
            shop.business_id, parse("key", key[4:]), KeyCommand("Robot", approval_limits=more), actor=key
        )

    assert _key(shop, key, {"top_up": {"USD": 500}})


@pytest.mark.parametrize("limits", [{"channel": {"USD": 1}}, {"points": {"USD": 1}}, {"refund": {"XXY": 1}},
                                    {"refund": {"USD": -1}}])  # fmt: skip
def test_limits_that_cannot_be_are_refused(shop: Shop, ann: str, limits: Any) -> None:
    with pytest.raises(Invalid):
        _key(shop, ann, limits)


def test_publishable_keys_approve_nothing(shop: Shop, ann: str) -> None:
    with pytest.raises(Invalid):
        _key(shop, ann, kind="publishable")


def test_a_key_keeps_its_limits_when_something_else_changes(shop: Shop, ann: str, ben: str) -> None:
    key = _key(shop, ann)
    manage_keys.change_key(shop.business_id, parse("key", key[4:]), KeyCommand("Renamed"), actor=ann)

    assert decide_approval.approve(shop.business_id, _asked(shop, ben), actor=key) == "done"

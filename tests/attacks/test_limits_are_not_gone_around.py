"""One person wants to move more than they may alone: in many small pieces, to one receiver or to many, under several
names, in several businesses, and by lifting the limit."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from app.core.errors import AppError
from app.core.ids import parse
from app.core.money import Money
from app.domain.accounts.business.errors import ApprovalNeeded, OwnRequest
from app.domain.payments.types import Payee
from app.read.accounts import approvals
from app.read.fulfilment import points_resource as points
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.fulfilment import change_points
from app.workflow.payments.refund_order import refund_order
from app.workflow.wallets import move_money
from app.workflow.wallets.pay_out import pay_out, withdraw
from tests.attacks.people import Team, fill, joined, key_of, make_team, visitor_of
from tests.factories.people import make_user
from tests.factories.shop import Shop

LIMIT = {"USD": 1000}
LIMITS = dict.fromkeys(("payout", "withdrawal", "transfer", "refund", "top_up"), LIMIT) | {"points": {"PTS": 1000}}
DAY_S = 86400


@pytest.fixture
def team(shop: Shop) -> Team:
    """Two owners; one of them alone may move 10.00."""
    fill(shop)
    set_approval_limits(shop.business_id, LIMITS)
    return make_team(shop)


def _moved(moves: list[Callable[[], Any]]) -> int:
    """How many of them were done, and not held back."""
    done = 0
    for move in moves:
        try:
            move()
            done += 1
        except ApprovalNeeded:
            pass
    return done


def _pay(shop: Shop, actor: str, account: str, minor: int = 1000) -> Callable[[], Any]:
    return lambda: pay_out(shop.business_id, money=Money(minor, "USD"), payee=Payee(account=account), actor=actor)


def _give(shop: Shop, actor: str, buyer: str, minor: int = 1000) -> Callable[[], Any]:
    about: dict[str, Any] = {"buyer": buyer, "actor": actor, "reason": "goodwill"}
    return lambda: move_money.grant(shop.business_id, money=Money(minor, "USD"), **about)


def _points(shop: Shop, actor: str, buyer: str, change: int = 1000) -> Callable[[], Any]:
    about: dict[str, Any] = {"buyer": buyer, "actor": actor, "reason": "goodwill"}
    return lambda: change_points.change_points(shop.business_id, change=change, **about)


@pytest.mark.parametrize("give", [_give, _points])
def test_gifts_are_added_up_by_receiver_and_by_who_gives(team: Team, give: Callable[..., Callable[[], Any]]) -> None:
    shop = team.shop
    shop.keep_wallets()
    key = key_of(shop, team.mallory)

    assert _moved([give(shop, team.mallory, "mule", 400) for _ in range(5)]) == 2
    assert _moved([give(shop, actor, "another mule", 400) for actor in (team.mallory, key)]) == 0
    assert _moved([give(shop, team.ben, "mule", 400)]) == 0, "nor does another person give more to one"
    assert _moved([give(shop, team.ben, "somebody", 400)]) == 1


@pytest.mark.parametrize("give", [_give, _points])
def test_a_gift_that_somebody_else_approves_is_granted_once(team: Team, give: Callable[..., Callable[[], Any]]) -> None:
    shop = team.shop
    shop.keep_wallets()
    with pytest.raises(ApprovalNeeded) as raised:
        give(shop, team.mallory, "mule", 5000)()
    approval_id = parse("apr", raised.value.details["approval_id"])

    with pytest.raises(OwnRequest):
        decide_approval.approve(shop.business_id, approval_id, actor=team.mallory)
    assert decide_approval.approve(shop.business_id, approval_id, actor=team.ben) == "done"

    assert decide_approval.carry_out(shop.business_id, approval_id) == "done"
    if give is _give:
        assert -shop.balance("wallet") == 5000
    else:
        assert points.points_of(shop.business_id, "mule")[0] == 5000


def test_what_somebody_outside_pays_into_a_wallet_is_no_gift(team: Team) -> None:
    shop = team.shop
    shop.keep_wallets()
    about: dict[str, Any] = {"money": Money(5000, "USD"), "actor": team.mallory, "channel": "simulator"}

    assert move_money.top_up(shop.business_id, buyer="ann", **about)
    assert _moved([_give(shop, team.mallory, "ann")]) == 1


def test_fifteen_payouts_of_the_limit_to_one_payee_are_one(team: Team) -> None:
    spellings = ["DE00 1234", "de001234", "DE-00-1234"] * 5

    assert _moved([_pay(team.shop, team.mallory, each) for each in spellings]) == 1
    assert _moved([_pay(team.shop, team.ben, "DE 00 12 34")]) == 0, "nor does another person send more there"


def test_nor_are_fifteen_to_fifteen_payees_under_fifteen_names(team: Team) -> None:
    shop, mallory = team.shop, team.mallory
    names = [mallory, key_of(shop, mallory), key_of(shop, key_of(shop, mallory)), joined(shop, mallory)]
    names.append(key_of(shop, names[-1]))

    assert _moved([_pay(shop, names[number % 5], f"DE{number}") for number in range(15)]) == 1
    assert _moved([_pay(shop, team.ben, "DE99")]) == 1, "somebody else has a limit of their own"


def test_a_day_later_there_is_a_limit_again(team: Team, clock: Any) -> None:
    assert _moved([_pay(team.shop, team.mallory, "DE1")] * 2) == 1

    clock.move(DAY_S + 60)

    assert _moved([_pay(team.shop, team.mallory, "DE1")] * 2) == 1


def test_wallet_money_is_added_up_too(team: Team) -> None:
    shop = team.shop
    shop.keep_wallets()
    for number in range(3):
        shop.fund(f"buyer-{number}", 2000)
    about: dict[str, Any] = {"money": Money(1000, "USD"), "actor": team.mallory}

    def out(buyer: str, account: str) -> Callable[[], Any]:
        return lambda: withdraw(shop.business_id, buyer=buyer, payee=Payee(account=account), **about)

    def over(payer: str, recipient: str) -> Callable[[], Any]:
        return lambda: move_money.transfer(shop.business_id, payer=payer, recipient=recipient, **about)

    assert _moved([out(f"buyer-{number}", f"DE{number}") for number in range(3)]) == 1
    assert _moved([over(f"buyer-{number}", "mule") for number in range(3)]) == 1
    assert _moved([over("buyer-2", "mule-2")]) == 0
    [approval] = [each for each in _approvals(shop, "transfer") if each.payload["counter"] == "mule-2"]
    assert decide_approval.approve(shop.business_id, approval.id, actor=team.ben) == "done"


def test_refunds_to_many_buyers_have_a_limit_of_a_day(team: Team) -> None:
    shop = team.shop
    orders = [shop.paid_order(buyer=f"buyer-{number}") for number in range(13)]

    def back(order_id: uuid.UUID) -> Callable[[], Any]:
        return lambda: refund_order(
            shop.business_id, order_id, amount_minor=None, reason="goodwill", actor=team.mallory
        )

    assert _moved([back(order_id) for order_id in orders]) == 10
    shop.work_off()


def test_an_operator_has_one_limit_for_all_businesses(team: Team, new_shop: Callable[..., Shop]) -> None:
    shops = [team.shop, new_shop(), new_shop()]
    for shop in shops[1:]:
        fill(shop)
        set_approval_limits(shop.business_id, LIMITS)
    helper = make_user(team.shop.business_id)
    done = 0
    for number, shop in enumerate(shops * 2):
        visitor = visitor_of(shop, helper)
        done += _moved([_pay(shop, visitor, f"DE{number}", 600)])

    assert done == 1
    with pytest.raises(AppError, match="visit has ended"):
        _pay(shops[0], visitor, "DE9", 1)()


def test_one_owner_does_not_lift_the_limit_and_pay(team: Team, clock: Any) -> None:
    shop, here = team.shop, team.shop.business_id
    wider = {**LIMITS, "payout": {"USD": 50_000}}

    approval = set_approval_limits(here, wider, actor=team.mallory)
    assert approval is not None
    approval_id = parse("apr", approval.details["approval_id"])
    with pytest.raises(OwnRequest):
        decide_approval.approve(here, approval_id, actor=team.mallory)
    with pytest.raises(OwnRequest):
        decide_approval.approve(here, approval_id, actor=joined(shop, team.mallory))
    assert (approvals.limits(here), _moved([_pay(shop, team.mallory, "DE1", 2000)])) == (LIMITS, 0)

    assert decide_approval.approve(here, approval_id, actor=team.ben) == "approved"
    decide_approval.sweep_approvals()
    assert _moved([_pay(shop, team.mallory, "DE1", 2000)]) == 0, "it cools down first"
    clock.move(DAY_S + 60)
    decide_approval.sweep_approvals()
    assert (approvals.limits(here), _moved([_pay(shop, team.mallory, "DE1", 2000)])) == (wider, 1)


@pytest.mark.parametrize(
    "wider",
    [
        {},
        {**LIMITS, "refund": {}},
        {**LIMITS, "refund_day": {"USD": 10_001}},
        {**LIMITS, "payout": {"EUR": 5}},
        {**LIMITS, "transfer": {"USD": 1001}},
        {**LIMITS, "top_up": {"USD": 1001}},
        {**LIMITS, "points": {"PTS": 1001}},
    ],
)
def test_whatever_is_wider_waits_and_whatever_is_narrower_does_not(
    team: Team, wider: dict[str, dict[str, int]]
) -> None:
    here = team.shop.business_id
    narrower = {**LIMITS, "refund": {"USD": 10, "EUR": 7}}
    assert set_approval_limits(here, narrower, actor=team.mallory) is None
    assert approvals.limits(here) == narrower
    set_approval_limits(here, LIMITS)

    assert set_approval_limits(here, wider, actor=team.mallory) is not None

    stored = approvals.limits(here)
    assert all(minor <= 1000 for kind in LIMITS for minor in stored[kind].values())
    assert stored.keys() >= LIMITS.keys()


def test_nobody_alone_lets_channels_be_changed_by_one(team: Team) -> None:
    here = team.shop.business_id
    assert set_approval_limits(here, LIMITS, channels_need_approval=True, actor=team.mallory) is None

    assert set_approval_limits(here, LIMITS, channels_need_approval=False, actor=team.mallory) is not None

    assert approvals.rules_of(here).channels_need_approval


def test_who_saves_narrower_limits_calls_wider_ones_off(team: Team, clock: Any) -> None:
    here = team.shop.business_id
    approval = set_approval_limits(here, {}, actor=team.mallory)
    assert approval is not None
    approval_id = parse("apr", approval.details["approval_id"])
    decide_approval.approve(here, approval_id, actor=team.ben)

    set_approval_limits(here, {**LIMITS, "payout": {"USD": 5}}, actor=team.ben)
    clock.move(DAY_S + 60)
    decide_approval.sweep_approvals()

    assert approvals.get_approval(here, approval_id).status == "failed"
    assert approvals.limits(here)["payout"] == {"USD": 5}


def _approvals(shop: Shop, kind: str) -> list[Any]:
    found = approvals.list_approvals(shop.business_id, status="requested", after=None, limit=50)
    return [each for each in found if each.kind == kind]

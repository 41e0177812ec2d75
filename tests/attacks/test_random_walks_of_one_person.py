"""One person walks at random through keys, rolled keys, mailboxes, roles, visits, limits and removed owners, and wants
to move more than one person may. Nobody else ever approves anything: so no money above the limit may move."""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import AppError
from app.core.ids import show
from app.core.money import Money
from app.domain.accounts.business.models import ApiKey
from app.domain.accounts.business.types import KNOWN
from app.domain.fulfilment.models import PointsEntry
from app.domain.payments.models import PaymentTransaction
from app.domain.payments.types import Payee
from app.read.accounts import approvals
from app.workflow.accounts import manage_keys
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.manage_keys import KeyCommand
from app.workflow.accounts.people import manage_roles, manage_team, sponsor_member
from app.workflow.fulfilment import change_points
from app.workflow.payments.refund_order import refund_order
from app.workflow.wallets import move_money
from app.workflow.wallets.pay_out import pay_out, withdraw
from tests.attacks.people import Team, joined, key_of, make_team, member_id, stranger, visitor_of
from tests.factories.people import Login
from tests.factories.shop import Shop

LIMIT, DAY = 1000, timedelta(days=1)
LIMITS = {kind: {"USD": LIMIT} for kind in ("payout", "withdrawal", "transfer", "refund", "top_up")}
LIMITS |= {"points": {"PTS": LIMIT}}
MOST = {"payout": LIMIT, "withdrawal": LIMIT, "transfer": LIMIT, "refund": 10 * LIMIT, "top_up": LIMIT}
WALKS, STEPS = 4, 30
LONG_WALKS = int(os.environ.get("RANDOM_WALKS") or 2000)


@dataclass
class Walk:
    """One attack on a business of its own. `names` are those under which the attacker can act."""

    team: Team
    clock: Any
    dice: random.Random
    orders: list[uuid.UUID]
    friend: Login = field(default_factory=stranger)
    names: list[str] = field(default_factory=list)
    moved_h: int = 0

    @property
    def shop(self) -> Shop:
        return self.team.shop

    @property
    def here(self) -> uuid.UUID:
        return self.shop.business_id

    def one(self) -> str:
        return self.dice.choice(self.names)

    def user(self) -> str:
        return self.dice.choice([each for each in self.names if each.startswith(("usr_", "operator:"))])

    def step(self) -> None:
        """Something that the attacker may try; most of it is refused."""
        with suppress(AppError):
            self.dice.choice(STEPS_THERE_ARE)(self)

    def take(self, name: str) -> None:
        if name not in self.names:
            self.names.append(name)


def make_a_key(walk: Walk) -> None:
    walk.take(key_of(walk.shop, walk.one()))


def make_a_narrow_key(walk: Walk) -> None:
    scopes = walk.dice.sample(["payouts.write", "refunds.write", "wallets.write", "orders.read"], 2)
    made = manage_keys.make_key(walk.here, KeyCommand("Some", scopes), kind="restricted", actor=walk.one())
    walk.take(f"key:{show('key', made.id)}")


def widen_a_key(walk: Walk) -> None:
    command = KeyCommand("More", ["payouts.write", "refunds.write", "wallets.write"])
    key_id = _any_key(walk)
    manage_keys.change_key(walk.here, key_id, command, actor=walk.one())


def roll_any_key(walk: Walk) -> None:
    new = manage_keys.roll_key(walk.here, _any_key(walk), overlap=timedelta(hours=1), actor=walk.one())
    walk.take(f"key:{show('key', new.id)}")


def _any_key(walk: Walk) -> uuid.UUID:
    rows = walk.shop.many(select(ApiKey.id).where(ApiKey.business_id == walk.here).order_by(ApiKey.id))
    return walk.dice.choice(rows).id


def let_the_friend_in(walk: Walk) -> None:
    role = walk.dice.choice(["owner", "finance", "support"])
    walk.take(joined(walk.shop, walk.one(), role=role, elsewhere=walk.friend))


def promote_the_friend(walk: Walk) -> None:
    role = walk.dice.choice(["owner", "finance", "viewer"])
    friend = member_id(walk.shop, show("usr", walk.friend.user_id))
    manage_team.change_role(walk.here, friend, role=role, actor=walk.one())


def make_a_role(walk: Walk) -> None:
    command = manage_roles.RoleCommand(f"Role {uuid.uuid4().hex[:6]}", KNOWN, {})
    role_id = manage_roles.create_role(walk.here, command, actor=walk.user())
    friend = member_id(walk.shop, show("usr", walk.friend.user_id))
    manage_team.change_role(walk.here, friend, role=show("rol", role_id), actor=walk.user())


def confirm_somebody(walk: Walk) -> None:
    whom = walk.dice.choice([walk.team.mallory, show("usr", walk.friend.user_id)])
    sponsor_member.confirm(walk.here, member_id(walk.shop, whom), actor=walk.user())


def demote_the_other_owner(walk: Walk) -> None:
    manage_team.change_role(walk.here, member_id(walk.shop, walk.team.ben), role="viewer", actor=walk.user())


def promote_the_other_owner(walk: Walk) -> None:
    manage_team.change_role(walk.here, member_id(walk.shop, walk.team.ben), role="owner", actor=walk.user())


def remove_the_other_owner(walk: Walk) -> None:
    manage_team.remove(walk.here, member_id(walk.shop, walk.team.ben), actor=walk.user())


def visit(walk: Walk) -> None:
    walk.take(visitor_of(walk.shop, walk.team.login))


def widen_the_limits(walk: Walk) -> None:
    kind = walk.dice.choice([*LIMITS, "refund_day", ""])
    unit = "PTS" if kind == "points" else "USD"
    wider = {} if not kind else {**LIMITS, kind: {unit: walk.dice.choice([1, 20 * LIMIT])}}
    about: dict[str, Any] = {"channels_need_approval": walk.dice.choice([True, False]), "has_second_factor": True}
    set_approval_limits(walk.here, wider, actor=walk.user(), **about)


def approve_something(walk: Walk) -> None:
    waiting = approvals.list_approvals(walk.here, status="requested", after=None, limit=50)
    if waiting:
        decide_approval.approve(walk.here, walk.dice.choice(waiting).id, actor=walk.one(), reason="fine")


def let_time_pass(walk: Walk) -> None:
    if walk.moved_h < 140:  # a removed owner is remembered for seven days
        hours = walk.dice.choice([1, 6, 13])
        walk.moved_h += hours
        walk.clock.move(hours * 3600)
    decide_approval.sweep_approvals()


def _money(walk: Walk) -> Money:
    return Money(walk.dice.choice([300, 700, LIMIT, LIMIT + 1, 5 * LIMIT]), "USD")


def pay_somebody(walk: Walk) -> None:
    account = walk.dice.choice(["DE1", "d e-1", "DE2", "DE3"])
    pay_out(walk.here, money=_money(walk), payee=Payee(account=account), actor=walk.one())


def empty_a_wallet(walk: Walk) -> None:
    buyer = walk.dice.choice(["ann", "cem"])
    payee = Payee(account=walk.dice.choice(["DE1", "DE2"]))
    withdraw(walk.here, buyer=buyer, money=_money(walk), payee=payee, actor=walk.one())


def move_between_wallets(walk: Walk) -> None:
    payer, recipient = walk.dice.sample(["ann", "cem", "mule"], 2)
    move_money.transfer(walk.here, payer=payer, recipient=recipient, money=_money(walk), actor=walk.one())


def refund_somebody(walk: Walk) -> None:
    minor = walk.dice.choice([None, 500, LIMIT])
    refund_order(walk.here, walk.dice.choice(walk.orders), amount_minor=minor, reason="goodwill", actor=walk.one())


def give_to_a_wallet(walk: Walk) -> None:
    buyer = walk.dice.choice(["ann", "mule"])
    move_money.grant(walk.here, buyer=buyer, money=_money(walk), actor=walk.one(), reason="goodwill")


def give_points(walk: Walk) -> None:
    buyer, change = walk.dice.choice(["ann", "mule"]), _money(walk).minor
    change_points.change_points(walk.here, buyer=buyer, change=change, actor=walk.one(), reason="goodwill")


MONEY: list[Callable[[Walk], None]] = [
    *(pay_somebody, empty_a_wallet, move_between_wallets, refund_somebody, give_to_a_wallet, give_points),
]
STEPS_THERE_ARE: list[Callable[[Walk], None]] = [
    *(make_a_key, make_a_narrow_key, widen_a_key, roll_any_key, let_the_friend_in, promote_the_friend, make_a_role),
    *(confirm_somebody, demote_the_other_owner, promote_the_other_owner, remove_the_other_owner, visit),
    *(widen_the_limits, let_time_pass, let_time_pass, *[approve_something] * 4, *MONEY * 3),
]


@pytest.fixture
def new_walk(new_shop: Callable[..., Shop], clock: Any) -> Callable[[int], Walk]:
    """A function that begins the walk of a seed: a business with money, two owners, and a key of the honest one."""

    def begin(seed: int) -> Walk:
        shop = new_shop(price_minor=10 * LIMIT)
        shop.keep_wallets()
        for buyer in ("ann", "cem"):
            shop.fund(buyer, 20 * LIMIT)
        orders = [shop.paid_order(buyer=buyer) for buyer in ("ann", "cem", "dee")]
        team = make_team(shop)
        key_of(shop, team.ben)
        set_approval_limits(shop.business_id, LIMITS, channels_need_approval=True)
        return Walk(team, clock, random.Random(seed), orders, names=[team.mallory])

    return begin


def _above_the_limit(walk: Walk) -> list[str]:
    """What the attacker moved within some 24 hours that is more than one person may, under all names."""
    table = PaymentTransaction.__table__
    done = walk.shop.many(
        select(table)
        .where(
            table.c.business_id == walk.here, table.c.actor.in_(walk.names), table.c.status.in_(("open", "succeeded"))
        )
        .order_by(table.c.created_at)
    )
    points = PointsEntry.__table__
    granted = points.c.business_id == walk.here, points.c.kind == "granted", points.c.actor.in_(walk.names)
    grants = walk.shop.many(select(points).where(*granted).order_by(points.c.created_at))
    found = []
    for last in grants:
        lately = [each.change for each in grants if DAY > last.created_at - each.created_at >= timedelta(0)]
        if sum(lately) > LIMIT:
            found.append(f"points: {lately}")
    for last in done:
        window = [
            each for each in done if each.kind == last.kind and DAY > last.created_at - each.created_at >= timedelta(0)
        ]
        if (moved := sum(each.amount_minor for each in window)) > MOST[last.kind]:
            found.append(f"{last.kind}: {moved} under {[each.actor for each in window]}")
    return found


def _walk(walk: Walk) -> int:
    """Go, and look that nothing came of it; how many requests there were that nobody decided."""
    for _ in range(STEPS):
        walk.step()
    walk.shop.work_off()
    assert not _above_the_limit(walk)
    decided = approvals.list_approvals(walk.here, status=None, after=None, limit=100)
    assert not [each for each in decided if each.status in ("approved", "done")]
    stored = approvals.limits(walk.here)
    assert all(most <= LIMIT for kind in LIMITS for most in stored[kind].values()), stored
    assert stored.keys() >= LIMITS.keys()
    assert approvals.rules_of(walk.here).channels_need_approval
    return len(decided)


def test_one_person_never_moves_more_than_one_person_may(new_walk: Callable[[int], Walk]) -> None:
    walks = [new_walk(seed) for seed in range(WALKS)]

    approval_counts = [_walk(walk) for walk in walks]

    assert sum(approval_counts) > WALKS, "they met the limits"
    assert sum(len(walk.names) for walk in walks) > 2 * WALKS, "they had other names"
    for walk in walks:
        walk.shop.audit()


@pytest.mark.long
def test_two_thousand_walks(new_walk: Callable[[int], Walk]) -> None:
    for seed in range(1000, 1000 + LONG_WALKS):
        walk = new_walk(seed)
        _walk(walk)
        walk.shop.audit()

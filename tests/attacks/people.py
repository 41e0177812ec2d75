"""One person who acts as two, and their means."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from app.core import ids
from app.core.errors import NotFound
from app.core.ids import parse, show
from app.core.money import Money
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.payments.types import Payee
from app.read.accounts.team import get_invitation, list_members
from app.workflow.accounts import manage_keys
from app.workflow.accounts.manage_keys import KeyCommand
from app.workflow.accounts.people import join_team, manage_team, set_operators
from app.workflow.accounts.people.link_invitation import Named
from app.workflow.accounts.people.visit_business import begin_visit
from app.workflow.wallets.pay_out import pay_out
from tests.factories.business import make_business
from tests.factories.people import Login, make_user
from tests.factories.shop import Shop


@dataclass(frozen=True)
class Team:
    """A shop with two owners: one attacks, the other is honest."""

    shop: Shop
    mallory: str
    ben: str
    login: Login


def make_team(shop: Shop) -> Team:
    """Two owners who have nothing to do with one another."""
    mallory, ben = make_user(shop.business_id), make_user(shop.business_id)
    return Team(shop, show("usr", mallory.user_id), show("usr", ben.user_id), mallory)


def fill(shop: Shop, minor: int = 50_000) -> None:
    """So much belongs to the merchant, and can be paid out."""
    order_id = shop.place(minor // 1000)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()


def key_of(shop: Shop, actor: str) -> str:
    """A secret key that `actor` makes, as actors are called."""
    made = manage_keys.make_key(shop.business_id, KeyCommand("Server"), kind="secret", actor=actor)
    return f"key:{show('key', made.id)}"


def joined(shop: Shop, actor: str, *, role: str = "owner", elsewhere: Login | None = None) -> str:
    """Somebody with a mailbox of their own whom `actor` invites, and who accepts."""
    guest = elsewhere or stranger()
    invited = manage_team.invite(shop.business_id, email=guest.email, role=role, actor=actor)
    row = get_invitation(shop.business_id, invited.id)
    join_team.join(Named(shop.business_id, invited.id, row.round), guest.user_id)
    return show("usr", guest.user_id)


def stranger() -> Login:
    """Somebody with an account and a seat at a business of their own."""
    return make_user(make_business())


def ask_payout(shop: Shop, actor: str, minor: int = 9_000, *, account: str = "DE1") -> uuid.UUID:
    """The approval that waits after `actor` requested this payout."""
    try:
        pay_out(shop.business_id, money=Money(minor, "USD"), payee=Payee(account=account), actor=actor)
    except ApprovalNeeded as asked:
        return parse("apr", asked.details["approval_id"])
    raise AssertionError("it was paid out")


def member_id(shop: Shop, actor: str) -> uuid.UUID:
    """The membership of a person."""
    user_id = ids.parse("usr", actor)
    found = next((row.id for row in list_members(shop.business_id) if row.user_id == user_id), None)
    if found is None:
        raise NotFound("not_found", "They are not in the team.")
    return found


def visitor_of(shop: Shop, login: Login) -> str:
    """The name under which an operator acts who visits the shop to change something."""
    set_operators.set_operator(login.email, is_operator=True)
    begin_visit(shop.business_id, login.user_id, role="owner", reason="helping", may_change=True)
    return f"operator:{show('usr', login.user_id)}"

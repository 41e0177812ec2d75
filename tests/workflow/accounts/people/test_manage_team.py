"""People are invited, change their role and leave; a business always keeps an owner."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest

from app.core.errors import Conflict, Denied, Invalid, NotFound, TooMany
from app.core.ids import new_id, parse, show
from app.domain.accounts.business import rules
from app.read.accounts import team
from app.workflow.accounts import manage_keys
from app.workflow.accounts.people import join_team, manage_team
from app.workflow.accounts.people.link_invitation import Named
from tests.attacks.people import joined, member_id
from tests.factories.business import make_business
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.factories.user_mails import mails_to


@pytest.fixture
def ann(shop: Shop) -> str:
    """An owner."""
    return show("usr", make_user(shop.business_id).user_id)


@pytest.fixture
def email() -> str:
    """The address of somebody who is to be invited."""
    return f"{new_id().hex}@people.example"


@pytest.mark.usefixtures("mail_on")
def test_inviting_an_address_again_replaces_the_open_invitation(shop: Shop, ann: str, email: str) -> None:
    ben = show("usr", make_user(shop.business_id).user_id)
    first = manage_team.invite(shop.business_id, email=f" {email.upper()}", role="viewer", actor=ann, inviter="Ann")
    second = manage_team.invite(shop.business_id, email=email, role="support", actor=ben)

    row = team.get_invitation(shop.business_id, first.id)

    assert second.id == first.id
    assert (first.round, second.round, row.round, row.role) == (1, 2, 2, "support")
    assert (row.invited_by, set(row.principals)) == (ben, {parse("usr", ann), parse("usr", ben)})
    assert [(mail.details["round"], mail.details["inviter"]) for mail in mails_to(email)] == [(1, "Ann"), (2, "")]


@pytest.mark.parametrize("wrong", ["", "ann", "@shop.example", "ann@shop", "a b@shop.example", "a,b@shop.example"])
def test_what_is_no_address_is_not_invited(shop: Shop, ann: str, wrong: str) -> None:
    with pytest.raises(Invalid):
        manage_team.invite(shop.business_id, email=wrong, role="viewer", actor=ann)

    assert team.list_invitations(shop.business_id, after=None, limit=10) == []


def test_who_is_not_invited_here_or_by_whom(shop: Shop, ann: str, email: str) -> None:
    viewer = make_user(shop.business_id, "viewer")
    anonymous = manage_keys.create_key(shop.business_id, name="Line", kind="secret")

    with pytest.raises(NotFound):
        manage_team.invite(shop.business_id, email=email, role="janitor", actor=ann)
    for actor in (show("usr", viewer.user_id), f"key:{show('key', anonymous.id)}"):
        with pytest.raises(Denied):
            manage_team.invite(shop.business_id, email=email, role="support", actor=actor)
    with pytest.raises(Conflict):
        manage_team.invite(shop.business_id, email=viewer.email, role="support", actor=ann)

    assert team.list_invitations(shop.business_id, after=None, limit=10) == []


def test_so_many_are_invited_within_an_hour(
    shop: Shop, ann: str, email: str, clock: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_INVITATIONS_AN_HOUR", 2)
    for _ in range(2):
        manage_team.invite(shop.business_id, email=email, role="viewer", actor=ann)

    with pytest.raises(TooMany):
        manage_team.invite(shop.business_id, email=f"other.{email}", role="viewer", actor=ann)
    clock.move(3660)

    assert manage_team.invite(shop.business_id, email=f"other.{email}", role="viewer", actor=ann).round == 1


def test_an_invitation_is_revoked_until_it_was_accepted(shop: Shop, ann: str, email: str) -> None:
    invited = manage_team.invite(shop.business_id, email=email, role="viewer", actor=ann)
    manage_team.revoke(shop.business_id, invited.id)
    first = team.get_invitation(shop.business_id, invited.id).revoked_at
    manage_team.revoke(shop.business_id, invited.id)
    guest = make_user(make_business())
    accepted = manage_team.invite(shop.business_id, email=guest.email, role="viewer", actor=ann)
    join_team.join(Named(shop.business_id, accepted.id, accepted.round), guest.user_id)

    assert first is not None
    assert team.get_invitation(shop.business_id, invited.id).revoked_at == first
    with pytest.raises(Conflict):
        manage_team.revoke(shop.business_id, accepted.id)
    with pytest.raises(NotFound):
        manage_team.revoke(shop.business_id, new_id())


def test_another_role_holds_at_once_and_ends_the_invitations_sent_with_the_old_one(
    shop: Shop, ann: str, email: str
) -> None:
    ben = show("usr", make_user(shop.business_id).user_id)
    seat = member_id(shop, ben)
    invited = manage_team.invite(shop.business_id, email=email, role="owner", actor=ben)

    manage_team.change_role(shop.business_id, seat, role="owner", actor=ann)
    unchanged = team.get_invitation(shop.business_id, invited.id).revoked_at
    manage_team.change_role(shop.business_id, seat, role="support", actor=ann)

    row = team.get_member(shop.business_id, seat)
    assert unchanged is None
    assert team.get_invitation(shop.business_id, invited.id).revoked_at is not None
    assert (row.role, row.ownership_ended_at is not None) == ("support", True)
    with pytest.raises(Denied):
        manage_team.change_role(shop.business_id, member_id(shop, ann), role="viewer", actor=ben)
    with pytest.raises(NotFound):
        manage_team.change_role(shop.business_id, new_id(), role="viewer", actor=ann)


def test_who_leaves_takes_their_invitations_along_and_comes_back_to_the_same_seat(
    shop: Shop, ann: str, email: str
) -> None:
    login = make_user(shop.business_id)
    ben = show("usr", login.user_id)
    seat = member_id(shop, ben)
    invited = manage_team.invite(shop.business_id, email=email, role="viewer", actor=ben)

    with pytest.raises(Denied):
        manage_team.remove(shop.business_id, seat, actor=show("usr", make_user(shop.business_id, "support").user_id))
    manage_team.remove(shop.business_id, seat, actor=ann)
    with pytest.raises(NotFound):
        manage_team.remove(shop.business_id, seat, actor=ann)
    joined(shop, ann, role="viewer", elsewhere=login)

    assert team.get_invitation(shop.business_id, invited.id).revoked_at is not None
    assert (member_id(shop, ben), team.get_member(shop.business_id, seat).role) == (seat, "viewer")


def test_the_only_owner_neither_leaves_nor_gets_another_role(shop: Shop, ann: str) -> None:
    make_user(shop.business_id, "finance")
    seat = member_id(shop, ann)

    with pytest.raises(Conflict):
        manage_team.remove(shop.business_id, seat, actor=ann)
    with pytest.raises(Conflict):
        manage_team.change_role(shop.business_id, seat, role="viewer", actor=ann)
    kept = team.get_member(shop.business_id, seat).role
    make_user(shop.business_id)
    manage_team.remove(shop.business_id, seat, actor=ann)

    assert kept == "owner"
    assert seat not in {row.id for row in team.list_members(shop.business_id)}


def test_of_two_owners_who_leave_at_once_one_stays(shop: Shop, ann: str) -> None:
    ben = show("usr", make_user(shop.business_id).user_id)
    seats = [(actor, member_id(shop, actor)) for actor in (ann, ben)]

    def leave(each: int) -> str | None:
        actor, seat = seats[each]
        try:
            manage_team.remove(shop.business_id, seat, actor=actor)
        except Conflict as refused:
            return refused.code
        return None

    with ThreadPoolExecutor(2) as pool:
        left = list(pool.map(leave, range(2)))

    assert set(left) == {None, "last_owner"}
    assert [row.id for row in team.list_members(shop.business_id)] == [seats[left.index("last_owner")][1]]

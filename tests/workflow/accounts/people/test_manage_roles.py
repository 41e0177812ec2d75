"""A business's own roles: no more than who makes them may do, and none that somebody has is archived."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.core.errors import AppError, ChangedMeanwhile, Conflict, Denied, Invalid, NotFound
from app.core.ids import new_id, parse, show
from app.domain.accounts.business.types import complete
from app.read.accounts import team
from app.workflow.accounts.people import manage_roles, manage_team
from app.workflow.accounts.people.manage_roles import RoleCommand
from tests.attacks.people import member_id
from tests.factories.people import make_user
from tests.factories.shop import Shop

REFUNDS = RoleCommand("Refunds", ["refunds.write"], {"refund": {"USD": 500}, "payout": {}})


@pytest.fixture
def ann(shop: Shop) -> str:
    """An owner."""
    return show("usr", make_user(shop.business_id).user_id)


def test_a_role_gets_what_its_permissions_need_and_is_made_once(shop: Shop, ann: str) -> None:
    role_id = new_id()
    for _ in range(2):
        assert manage_roles.create_role(shop.business_id, REFUNDS, actor=ann, role_id=role_id) == role_id

    made = team.get_role(shop.business_id, show("rol", role_id))

    assert made.name == "Refunds"
    assert made.access.permissions == complete(["refunds.write"])
    assert made.access.limits == {"refund": {"USD": 500}}
    assert len(_own_roles(shop)) == 1


@pytest.mark.parametrize(
    ("name", "permissions", "limits"),
    [
        ("  ", ["refunds.write"], {}),
        ("x" * 41, ["refunds.write"], {}),
        ("owner", ["refunds.write"], {}),
        ("Custom", ["refunds.write"], {}),
        ("Refunds", [], {}),
        ("Refunds", ["refunds.write", "everything.write"], {}),
        ("Refunds", ["refunds.write"], {"transfer": {"USD": 1}}),
        ("Refunds", ["refunds.write"], {"refund": {"USD": -1}}),
        ("Refunds", ["refunds.write"], {"refund": {"XQX": 1}}),
    ],
)
def test_a_role_that_cannot_be_is_not_made(
    shop: Shop, ann: str, name: str, permissions: list[str], limits: dict[str, dict[str, int]]
) -> None:
    with pytest.raises(Invalid):
        manage_roles.create_role(shop.business_id, RoleCommand(name, permissions, limits), actor=ann)

    assert _own_roles(shop) == []


def test_nobody_makes_changes_or_archives_a_role_beyond_their_own(shop: Shop, ann: str) -> None:
    leader = manage_roles.create_role(shop.business_id, RoleCommand("Lead", ["team.write"], {}), actor=ann)
    role_id = manage_roles.create_role(shop.business_id, REFUNDS, actor=ann)
    support = show("usr", make_user(shop.business_id, "support").user_id)
    manage_team.change_role(shop.business_id, member_id(shop, support), role=show("rol", leader), actor=ann)
    team_alone = RoleCommand("Team", ["team.write"], {})

    with pytest.raises(Denied):
        manage_roles.create_role(shop.business_id, RoleCommand("More", ["payouts.write"], {}), actor=support)
    with pytest.raises(Denied):
        manage_roles.change_role(shop.business_id, role_id, team_alone, actor=support)
    with pytest.raises(Denied):
        manage_roles.archive_role(shop.business_id, role_id, actor=support)
    manage_roles.create_role(shop.business_id, team_alone, actor=support)

    assert _own_roles(shop) == ["Lead", "Refunds", "Team"]


def test_a_name_is_one_roles_until_it_is_archived(shop: Shop, ann: str) -> None:
    role_id = manage_roles.create_role(shop.business_id, REFUNDS, actor=ann)
    other = manage_roles.create_role(shop.business_id, RoleCommand("Other", ["notes.write"], {}), actor=ann)
    same = RoleCommand(" refunds", ["notes.write"], {})

    with pytest.raises(Conflict):
        manage_roles.create_role(shop.business_id, same, actor=ann)
    with pytest.raises(Conflict):
        manage_roles.change_role(shop.business_id, other, same, actor=ann)
    manage_roles.change_role(shop.business_id, role_id, RoleCommand("REFUNDS", ["notes.write"], {}), actor=ann)
    manage_roles.archive_role(shop.business_id, role_id, actor=ann)
    manage_roles.change_role(shop.business_id, other, same, actor=ann)

    assert _own_roles(shop) == ["refunds"]


def test_the_second_of_two_edits_is_told_what_the_first_has_changed(shop: Shop, ann: str) -> None:
    role_id = manage_roles.create_role(shop.business_id, REFUNDS, actor=ann)
    mine, ours = RoleCommand("Mine", ["refunds.write"], {}), RoleCommand("Ours", ["refunds.write"], {})
    manage_roles.change_role(shop.business_id, role_id, mine, actor=ann, seen=1)

    with pytest.raises(ChangedMeanwhile) as refused:
        manage_roles.change_role(shop.business_id, role_id, ours, actor=ann, seen=1)

    assert refused.value.details == {"version": 2, "changes": {"name": {"before": "Mine", "after": "Ours"}}}
    assert _own_roles(shop) == ["Mine"]
    manage_roles.change_role(shop.business_id, role_id, ours, actor=ann, seen=2)
    assert _own_roles(shop) == ["Ours"]


def test_of_two_edits_at_once_one_is_kept(shop: Shop, ann: str) -> None:
    role_id = manage_roles.create_role(shop.business_id, REFUNDS, actor=ann)

    def edit(name: str) -> str:
        command = RoleCommand(name, ["refunds.write"], {})
        try:
            manage_roles.change_role(shop.business_id, role_id, command, actor=ann, seen=1)
        except ChangedMeanwhile:
            return ""
        return name

    with ThreadPoolExecutor(4) as pool:
        won = [each for each in pool.map(edit, ["One", "Two", "Three", "Four"]) if each]

    assert _own_roles(shop) == won


def test_there_are_so_many_roles(shop: Shop, ann: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manage_roles, "MAX_ROLES", 1)
    first = manage_roles.create_role(shop.business_id, REFUNDS, actor=ann)
    more = RoleCommand("More", ["notes.write"], {})

    with pytest.raises(Conflict):
        manage_roles.create_role(shop.business_id, more, actor=ann)
    manage_roles.archive_role(shop.business_id, first, actor=ann)
    manage_roles.create_role(shop.business_id, more, actor=ann)

    assert _own_roles(shop) == ["More"]


def test_who_widens_a_role_sponsors_its_members_and_who_narrows_it_does_not(shop: Shop, ann: str) -> None:
    ben = show("usr", make_user(shop.business_id).user_id)
    role_id, holder = _held(shop, ann)
    narrower = RoleCommand("Refunds", ["refunds.write"], {"refund": {"USD": 100}})

    manage_roles.change_role(shop.business_id, role_id, narrower, actor=ben)
    narrowed = team.get_member(shop.business_id, holder)
    manage_roles.change_role(shop.business_id, role_id, RoleCommand("All", ["refunds.write"], {}), actor=ben)
    widened = team.get_member(shop.business_id, holder)

    assert parse("usr", ben) not in narrowed.sponsored_by
    assert parse("usr", ben) in widened.sponsored_by
    assert team.member_access(widened).limits == {}


def test_a_role_that_somebody_has_or_is_invited_to_is_not_archived(shop: Shop, ann: str) -> None:
    role_id, holder = _held(shop, ann)
    key = show("rol", role_id)

    with pytest.raises(Conflict):
        manage_roles.archive_role(shop.business_id, role_id, actor=ann)
    manage_team.change_role(shop.business_id, holder, role="viewer", actor=ann)
    invited = manage_team.invite(shop.business_id, email="guest@people.example", role=key, actor=ann)
    with pytest.raises(Conflict):
        manage_roles.archive_role(shop.business_id, role_id, actor=ann)
    manage_team.revoke(shop.business_id, invited.id)
    manage_roles.archive_role(shop.business_id, role_id, actor=ann)

    for ask in (manage_roles.archive_role, _change):
        with pytest.raises(NotFound):
            ask(shop.business_id, role_id, actor=ann)
    with pytest.raises(NotFound):
        manage_team.invite(shop.business_id, email="guest@people.example", role=key, actor=ann)


def test_a_role_given_and_archived_at_once_is_one_of_both(shop: Shop, ann: str) -> None:
    role_id = manage_roles.create_role(shop.business_id, REFUNDS, actor=ann)
    guest = member_id(shop, show("usr", make_user(shop.business_id, "viewer").user_id))

    def give() -> None:
        manage_team.change_role(shop.business_id, guest, role=show("rol", role_id), actor=ann)

    def archive() -> None:
        manage_roles.archive_role(shop.business_id, role_id, actor=ann)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(_succeeds, (give, archive)))

    assert sorted(done) == [False, True]
    assert (team.get_member(shop.business_id, guest).role_id == role_id) is done[0]
    assert _own_roles(shop) == (["Refunds"] if done[0] else [])


def _succeeds(ask: Any) -> bool:
    try:
        ask()
    except AppError:
        return False
    return True


def _change(business_id: uuid.UUID, role_id: uuid.UUID, *, actor: str) -> None:
    manage_roles.change_role(business_id, role_id, REFUNDS, actor=actor)


def _held(shop: Shop, actor: str) -> tuple[uuid.UUID, uuid.UUID]:
    """A role, and the membership of somebody who has it."""
    role_id = manage_roles.create_role(shop.business_id, REFUNDS, actor=actor)
    member = member_id(shop, show("usr", make_user(shop.business_id, "viewer").user_id))
    manage_team.change_role(shop.business_id, member, role=show("rol", role_id), actor=actor)
    return role_id, member


def _own_roles(shop: Shop) -> list[str]:
    return sorted(role.name for role in team.list_roles(shop.business_id) if role.id is not None)

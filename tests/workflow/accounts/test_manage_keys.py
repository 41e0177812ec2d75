"""Keys are made, changed, rolled and revoked by those who go as far themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from app.core import clock as clocks
from app.core.errors import Conflict, Denied, Invalid, NotFound, Unauthenticated
from app.core.ids import new_id, parse, show
from app.domain.accounts.business.api_versions import VERSIONS
from app.read.accounts import keys
from app.read.accounts.team import get_invitation
from app.workflow.accounts import authenticate_key, manage_keys
from app.workflow.accounts.lifecycle.limit_resource import limit_resource
from app.workflow.accounts.manage_keys import KeyCommand
from app.workflow.accounts.people import manage_team
from tests.factories.people import make_user
from tests.factories.shop import Shop

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def unknown() -> Iterator[None]:
    authenticate_key.forget_known()
    yield
    authenticate_key.forget_known()


@pytest.fixture
def ann(shop: Shop) -> str:
    """An owner."""
    return show("usr", make_user(shop.business_id).user_id)


def test_a_key_is_made_once_and_its_text_is_not_kept(shop: Shop, ann: str) -> None:
    command = KeyCommand("  Server ", ["orders.read"], ["203.0.113.0/24"])
    made = manage_keys.make_key(shop.business_id, command, kind="restricted", actor=ann)

    row = keys.get_key(shop.business_id, made.id)

    assert (row.name, row.kind, row.scopes, row.addresses) == (
        "Server",
        "restricted",
        ["orders.read"],
        ["203.0.113.0/24"],
    )
    assert row.principals == [parse("usr", ann)]
    assert made.secret.startswith("rk_")
    assert made.secret not in str(row)
    assert row.public_text is None
    assert authenticate_key.authenticate_key(made.secret).key_id == made.id


def test_making_the_same_key_again_gives_it_another_secret(shop: Shop, ann: str) -> None:
    ben, key_id = show("usr", make_user(shop.business_id).user_id), new_id()
    first, second = (
        manage_keys.make_key(shop.business_id, KeyCommand("Server"), kind="secret", actor=actor, key_id=key_id)
        for actor in (ann, ben)
    )

    assert first.id == second.id == authenticate_key.authenticate_key(second.secret).key_id
    assert set(keys.get_key(shop.business_id, key_id).principals) == {parse("usr", ann), parse("usr", ben)}
    with pytest.raises(Unauthenticated):
        authenticate_key.authenticate_key(first.secret)


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("master", {}),
        ("secret", {"name": "  "}),
        ("secret", {"scopes": ["orders.read"]}),
        ("restricted", {}),
        ("restricted", {"scopes": ["orders.read", "nothing.write"]}),
        ("secret", {"expires_at": clocks.now() - HOUR}),
        ("secret", {"addresses": ["203.0.113.300"]}),
        ("secret", {"addresses": [f"203.0.113.{each}" for each in range(manage_keys.MAX_KEY_ADDRESSES + 1)]}),
        ("publishable", {"addresses": ["203.0.113.9"]}),
    ],
)
def test_a_key_that_cannot_be_is_not_made(shop: Shop, ann: str, kind: str, about: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        manage_keys.make_key(shop.business_id, KeyCommand(**{"name": "Server"} | about), kind=kind, actor=ann)

    assert keys.list_keys(shop.business_id) == ()


def test_there_are_so_many_keys_and_revoked_ones_do_not_count(shop: Shop, ann: str) -> None:
    limit_resource(shop.business_id, "api_keys", 2, reason="Starter contract")
    first, _ = (manage_keys.create_key(shop.business_id, name="Server", kind="secret") for _ in range(2))

    with pytest.raises(Conflict):
        _make(shop, ann)
    manage_keys.revoke_key(shop.business_id, first.id)

    assert _make(shop, ann).secret


def test_a_key_is_changed_within_the_reach_of_who_changes_it(shop: Shop, ann: str) -> None:
    developer = show("usr", make_user(shop.business_id, "developer").user_id)
    reads, version = KeyCommand("Reads", ["orders.read"]), next(iter(VERSIONS))
    made = manage_keys.make_key(shop.business_id, reads, kind="restricted", actor=developer)

    with pytest.raises(Denied):
        _change(shop, made, KeyCommand("Pays", ["payouts.write"]), actor=developer)
    refused = keys.get_key(shop.business_id, made.id)
    _change(shop, made, KeyCommand("Renamed", ["orders.read"], api_version=version), actor=ann)
    renamed = keys.get_key(shop.business_id, made.id)
    _change(shop, made, KeyCommand("Pays", ["payouts.write"]), actor=ann)

    assert (refused.name, refused.scopes) == ("Reads", ["orders.read"])
    assert (renamed.name, renamed.api_version, renamed.principals) == ("Renamed", version, [parse("usr", developer)])
    assert parse("usr", ann) in keys.get_key(shop.business_id, made.id).principals
    assert "payouts.write" in authenticate_key.authenticate_key(made.secret).permissions


def test_the_old_key_counts_until_the_overlap_is_over(shop: Shop, ann: str, clock: ModuleType) -> None:
    old = _make(shop, ann)
    new = manage_keys.roll_key(shop.business_id, old.id, overlap=HOUR, actor=ann)

    callers = [authenticate_key.authenticate_key(each.secret) for each in (old, new)]
    for caller in callers:
        caller.check(None)
    clock.move(HOUR.total_seconds() + 60)

    callers[1].check(None)
    with pytest.raises(Unauthenticated):
        callers[0].check(None)
    assert keys.get_key(shop.business_id, old.id).replaced_by == new.id


def test_a_key_is_rolled_once_and_what_was_begun_is_finished(shop: Shop, ann: str) -> None:
    old, new_key_id = _make(shop, ann), new_id()
    first, again = (
        manage_keys.roll_key(shop.business_id, old.id, overlap=HOUR, actor=ann, new_key_id=new_key_id) for _ in range(2)
    )

    assert first.id == again.id == authenticate_key.authenticate_key(again.secret).key_id
    assert len(keys.list_keys(shop.business_id)) == 2
    with pytest.raises(Unauthenticated):
        authenticate_key.authenticate_key(first.secret)
    with pytest.raises(Conflict):
        manage_keys.roll_key(shop.business_id, old.id, overlap=HOUR, actor=ann)


def test_what_cannot_be_rolled_keeps_its_key(shop: Shop, ann: str) -> None:
    old = _make(shop, ann)
    viewer = show("usr", make_user(shop.business_id, "viewer").user_id)

    for overlap in (-HOUR, manage_keys.MAX_KEY_OVERLAP + HOUR):
        with pytest.raises(Invalid):
            manage_keys.roll_key(shop.business_id, old.id, overlap=overlap, actor=ann)
    with pytest.raises(Denied):
        manage_keys.roll_key(shop.business_id, old.id, overlap=HOUR, actor=viewer)
    with pytest.raises(NotFound):
        manage_keys.roll_key(shop.business_id, new_id(), overlap=HOUR, actor=ann)

    assert [row.id for row in keys.list_keys(shop.business_id)] == [old.id]
    assert keys.get_key(shop.business_id, old.id).expires_at is None


def test_a_revoked_key_is_over_with_the_invitations_that_it_sent(shop: Shop, ann: str) -> None:
    made = _make(shop, ann)
    by_key = f"key:{show('key', made.id)}"
    invited = manage_team.invite(shop.business_id, email="guest@people.example", role="viewer", actor=by_key)
    authenticate_key.authenticate_key(made.secret)

    for _ in range(2):
        manage_keys.revoke_key(shop.business_id, made.id)

    assert get_invitation(shop.business_id, invited.id).revoked_at is not None
    with pytest.raises(Unauthenticated):
        authenticate_key.authenticate_key(made.secret)
    with pytest.raises(Conflict):
        _change(shop, made, KeyCommand("Again"), actor=ann)
    with pytest.raises(Conflict):
        manage_keys.roll_key(shop.business_id, made.id, overlap=HOUR, actor=ann)
    with pytest.raises(NotFound):
        manage_keys.revoke_key(shop.business_id, new_id())


def _make(shop: Shop, actor: str) -> manage_keys.NewKey:
    return manage_keys.make_key(shop.business_id, KeyCommand("Server"), kind="secret", actor=actor)


def _change(shop: Shop, made: manage_keys.NewKey, command: KeyCommand, *, actor: str) -> None:
    manage_keys.change_key(shop.business_id, made.id, command, actor=actor)

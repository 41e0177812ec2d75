"""Nobody makes a key that goes further than they do themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.clock import now
from app.core.errors import Denied
from app.core.ids import new_id, show
from app.domain.accounts.business import scopes
from app.domain.accounts.business.types import KNOWN, PERMISSIONS, Access
from app.read.accounts.team import get_invitation
from app.workflow.accounts import manage_keys
from app.workflow.accounts.manage_keys import KeyCommand
from app.workflow.accounts.people import manage_team
from app.workflow.steps.accounts.check_key_maker import KeyAccess, access_of_key
from tests.factories.people import make_user
from tests.factories.shop import Shop


def test_every_scope_is_something_that_people_may_be_allowed() -> None:
    for scope in scopes.GRANTABLE:
        assert scopes.needed([scope]) <= KNOWN
    assert Access(PERMISSIONS["owner"]).cover(access_of_key("secret", ()))
    assert not any(
        Access(PERMISSIONS[role]).cover(access_of_key("secret", ())) for role in PERMISSIONS if role != "owner"
    )
    limited = Access(KNOWN, {"refund": {"USD": 500}})
    assert not limited.cover(access_of_key("restricted", ("refunds.write",))), "a key has no own limit"
    assert limited.cover(access_of_key("restricted", ("orders.write",)))


def test_one_reach_is_within_another() -> None:
    soon, later = now() + timedelta(hours=1), now() + timedelta(hours=2)
    all_of = KeyAccess("secret", (), (), None)
    office = KeyAccess("secret", (), ("203.0.113.0/24",), soon)

    assert all_of.covers(office)
    assert not office.covers(all_of)
    assert office.covers(KeyAccess("restricted", ("orders.read",), ("203.0.113.9/32",), soon))
    assert not office.covers(KeyAccess("secret", (), ("203.0.113.9/32",), later))
    assert not office.covers(KeyAccess("secret", (), ("203.0.113.9/32", "198.51.100.0/24"), soon))
    assert not office.covers(KeyAccess("secret", (), ("2001:db8::/64",), soon))
    reads = KeyAccess("restricted", ("orders.write",), (), None)
    assert reads.covers(KeyAccess("restricted", ("orders.read",), (), None))
    assert not reads.covers(KeyAccess("restricted", ("orders.read", "refunds.read"), (), None))
    assert not reads.covers(all_of)


def test_keys_and_people_get_as_far_as_they_are(shop: Shop) -> None:
    developer = show("usr", make_user(shop.business_id, "developer").user_id)
    reads = manage_keys.make_key(
        shop.business_id, KeyCommand("Reads", ["orders.read"]), kind="restricted", actor=developer
    )
    ends = KeyCommand("Trial", expires_at=now() + timedelta(hours=1))
    trial = manage_keys.make_key(
        shop.business_id, ends, kind="secret", actor="system", principals=frozenset({new_id()})
    )
    by_trial = f"key:{show('key', trial.id)}"

    for actor, kind, command in (
        (developer, "secret", KeyCommand("All")),
        (f"key:{show('key', reads.id)}", "restricted", KeyCommand("More", ["orders.write"])),
        (by_trial, "secret", KeyCommand("For ever")),
    ):
        with pytest.raises(Denied):
            manage_keys.make_key(shop.business_id, command, kind=kind, actor=actor)
    with pytest.raises(Denied):
        manage_keys.change_key(shop.business_id, trial.id, KeyCommand("Trial"), actor=by_trial)
    with pytest.raises(Denied):
        manage_keys.roll_key(shop.business_id, trial.id, overlap=timedelta(0), actor=developer)
    manage_keys.change_key(
        shop.business_id, trial.id, KeyCommand("Its name", expires_at=ends.expires_at), actor=developer
    )
    values = {"email": "x@people.example", "role": "finance", "actor": by_trial}
    invited = manage_team.invite(shop.business_id, **values)
    manage_keys.revoke_key(shop.business_id, trial.id)
    assert get_invitation(shop.business_id, invited.id).revoked_at, "whom a key in wrong hands invited stays out"
    with pytest.raises(Denied):
        manage_keys.make_key(shop.business_id, ends, kind="secret", actor=by_trial)

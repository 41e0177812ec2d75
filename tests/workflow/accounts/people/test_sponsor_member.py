"""Who lets somebody in stands behind them until another owner confirms them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock as clocks
from app.core.errors import Conflict, Denied, NotFound
from app.core.ids import new_id, parse, show
from app.domain.accounts.business.models import Membership
from app.domain.accounts.business.types import PERMISSIONS, Access
from app.workflow.accounts.people import manage_team, sponsor_member
from tests.attacks.people import joined, member_id
from tests.factories.people import make_user
from tests.factories.shop import Shop

ANN, BEN, CAT = uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3)
VIEWER, SUPPORT = Access(PERMISSIONS["viewer"]), Access(PERMISSIONS["support"])


def test_an_owner_who_did_not_sponsor_the_member_confirms_them_once(shop: Shop) -> None:
    ann, ben = _owner(shop), _owner(shop)
    guest = joined(shop, ann)
    before = _membership(shop, guest)

    sponsor_member.confirm(shop.business_id, before.id, actor=ben)
    first = _membership(shop, guest)
    sponsor_member.confirm(shop.business_id, before.id, actor=ben)

    assert (before.sponsored_by, before.confirmed_at) == ([parse("usr", ann)], None)
    assert first.confirmed_by == parse("usr", ben)
    assert _membership(shop, guest).confirmed_at == first.confirmed_at is not None


def test_nobody_confirms_themselves_their_own_guest_or_without_owning_the_business(shop: Shop) -> None:
    ann = _owner(shop)
    _owner(shop)
    viewer = show("usr", make_user(shop.business_id, "viewer").user_id)
    guest, friend = joined(shop, ann), joined(shop, ann)

    for actor in (ann, guest, friend, viewer, show("usr", new_id()), "system"):
        with pytest.raises(Denied):
            sponsor_member.confirm(shop.business_id, _membership(shop, guest).id, actor=actor)

    assert _membership(shop, guest).confirmed_at is None


def test_who_was_there_from_the_start_or_has_left_is_not_confirmed(shop: Shop) -> None:
    ann, ben = _owner(shop), _owner(shop)
    guest = joined(shop, ann)
    left = member_id(shop, guest)
    manage_team.remove(shop.business_id, left, actor=ann)

    with pytest.raises(Conflict):
        sponsor_member.confirm(shop.business_id, member_id(shop, ann), actor=ben)
    for absent in (left, new_id()):
        with pytest.raises(NotFound):
            sponsor_member.confirm(shop.business_id, absent, actor=ben)


def test_more_access_brings_sponsors_and_the_same_or_less_does_not() -> None:
    member = _member()

    more = sponsor_member.access_widened(member, frozenset({ANN, CAT}), VIEWER, SUPPORT)
    less = sponsor_member.access_widened(member, frozenset({ANN}), SUPPORT, VIEWER)
    own = sponsor_member.access_widened(member, frozenset({CAT}), VIEWER, SUPPORT)

    assert more["sponsored_by"] == [ANN], "nobody sponsors themselves"
    assert (more["confirmed_by"], more["confirmed_at"]) == (None, None)
    assert (less, own) == ({}, {})


def test_sponsors_stay_beside_new_ones_until_the_member_was_confirmed() -> None:
    waiting = _member(sponsored_by=[ANN])
    confirmed = _member(sponsored_by=[ANN], confirmed_at=clocks.now())

    still = sponsor_member.access_widened(waiting, frozenset({BEN}), VIEWER, SUPPORT)
    anew = sponsor_member.access_widened(confirmed, frozenset({BEN}), VIEWER, SUPPORT)

    assert (still["sponsored_by"], anew["sponsored_by"]) == ([ANN, BEN], [BEN])


def test_an_ownership_counts_as_taken_when_somebody_else_ends_it() -> None:
    assert "ownership_ended_at" in sponsor_member.demoted(_member("owner"), show("usr", ANN))
    assert "ownership_ended_at" in sponsor_member.demoted(_member("owner"), f"key:{show('key', ANN)}")
    assert sponsor_member.demoted(_member("owner"), show("usr", CAT)) == {}
    assert sponsor_member.demoted(_member("finance"), show("usr", ANN)) == {}


def _owner(shop: Shop) -> str:
    return show("usr", make_user(shop.business_id).user_id)


def _member(
    role: str = "viewer", *, sponsored_by: list[uuid.UUID] | None = None, confirmed_at: datetime | None = None
) -> Membership:
    return Membership(user_id=CAT, role=role, sponsored_by=sponsored_by or [], confirmed_at=confirmed_at)


def _membership(shop: Shop, actor: str) -> Any:
    return shop.one(select(Membership.__table__).where(Membership.user_id == parse("usr", actor)))

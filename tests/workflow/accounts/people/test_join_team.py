"""An invitation is accepted once: by the person it is for, or by whoever reads its mail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest

from app.core.errors import AppError, Conflict, Denied, Invalid, NotFound
from app.core.ids import new_id, show
from app.domain.accounts.business import rules
from app.read.accounts.team import get_invitation, list_members
from app.workflow.accounts.people import join_team, manage_team
from app.workflow.accounts.people.link_invitation import Named
from app.workflow.accounts.people.log_in import log_in
from tests.factories.business import make_business
from tests.factories.people import make_user
from tests.factories.shop import Shop

PASSWORD = "nine-violet-otters-hum"


def test_who_has_an_account_joins_once_under_it(shop: Shop) -> None:
    guest = make_user(make_business())
    named = _invited(shop, guest.email)

    for _ in range(2):
        join_team.join(named, guest.user_id)

    assert _roles(shop)[guest.email] == "viewer"
    assert len(_roles(shop)) == 2


def test_nobody_else_uses_the_invitation(shop: Shop) -> None:
    guest, other = make_user(make_business()), make_user(make_business())
    named = _invited(shop, guest.email)

    with pytest.raises(Denied):
        join_team.join(named, other.user_id)
    with pytest.raises(Denied):
        join_team.join(named, new_id())

    assert list(_roles(shop)) != [other.email]
    assert other.email not in _roles(shop)


def test_a_new_person_has_to_read_the_mail(shop: Shop) -> None:
    email = f"{new_id().hex}@people.example"
    shown = _invited(shop, email)
    mailed = Named(shown.business_id, shown.invitation_id, shown.round, by_mail=True)

    with pytest.raises(Denied):
        join_team.join_as_new(shown, user_id=new_id(), name="Nora", password=PASSWORD)
    with pytest.raises(Invalid):
        join_team.join_as_new(mailed, user_id=new_id(), name="Nora", password="password")
    user_id = new_id()
    join_team.join_as_new(mailed, user_id=user_id, name=" Nora ", password=PASSWORD)

    assert _roles(shop)[email] == "viewer"
    assert log_in(email, PASSWORD) == user_id


def test_the_mail_gives_nobody_an_account_that_is_there_already(shop: Shop) -> None:
    guest = make_user(make_business())
    shown = _invited(shop, guest.email)

    with pytest.raises(Conflict) as refused:
        join_team.join_as_new(
            Named(shown.business_id, shown.invitation_id, shown.round, by_mail=True),
            user_id=new_id(),
            name="Mallory",
            password=PASSWORD,
        )

    assert refused.value.code == "account_exists"
    assert guest.email not in _roles(shop)
    assert log_in(guest.email, guest.password) == guest.user_id


def test_of_many_new_persons_at_once_one_joins(shop: Shop) -> None:
    email = f"{new_id().hex}@people.example"
    shown = _invited(shop, email)
    mailed = Named(shown.business_id, shown.invitation_id, shown.round, by_mail=True)

    def join(number: int) -> bool:
        try:
            join_team.join_as_new(mailed, user_id=new_id(), name="Nora", password=f"{PASSWORD}-{number}")
        except AppError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        joined = list(pool.map(join, range(4)))

    assert sorted(joined) == [False, False, False, True]
    assert log_in(email, f"{PASSWORD}-{joined.index(True)}") is not None


def test_an_invitation_that_is_over_is_of_no_use(shop: Shop, clock: ModuleType) -> None:
    guest = make_user(make_business())
    named = _invited(shop, guest.email)

    with pytest.raises(NotFound):
        join_team.join(Named(named.business_id, named.invitation_id, named.round + 1), guest.user_id)
    with pytest.raises(NotFound):
        join_team.join(Named(make_business(), named.invitation_id, named.round), guest.user_id)
    clock.move(rules.INVITATION_LASTS.total_seconds() + 60)
    with pytest.raises(NotFound):
        join_team.join(named, guest.user_id)

    assert guest.email not in _roles(shop)


def _invited(shop: Shop, email: str) -> Named:
    owner = make_user(shop.business_id)
    invited = manage_team.invite(shop.business_id, email=email, role="viewer", actor=show("usr", owner.user_id))
    return Named(shop.business_id, invited.id, get_invitation(shop.business_id, invited.id).round)


def _roles(shop: Shop) -> dict[str, str]:
    return {row.email: row.role for row in list_members(shop.business_id)}

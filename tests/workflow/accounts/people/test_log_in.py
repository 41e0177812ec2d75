"""Signing in with email address and password."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core import db
from app.core.security import passwords
from app.domain.accounts.business.models import User
from app.workflow.accounts.people.log_in import log_in
from tests.factories.people import Login, make_user
from tests.factories.shop import Shop


def test_who_knows_address_and_password_is_known(shop: Shop) -> None:
    login = make_user(shop.business_id)

    assert log_in(login.email, login.password) == login.user_id
    assert log_in(f"  {login.email.upper()} ", login.password) == login.user_id


def test_neither_half_is_enough(shop: Shop) -> None:
    login, other = make_user(shop.business_id), make_user(shop.business_id)

    assert log_in(login.email, other.password) is None
    assert log_in(login.email, f"{login.password} ") is None
    assert log_in(login.email, "") is None
    assert log_in("nobody@people.example", login.password) is None


def test_an_unknown_address_costs_one_comparison_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    real, compared = passwords.matches, []

    def counted(password: str, known: str | None) -> bool:
        compared.append(known is None)
        return real(password, known)

    monkeypatch.setattr(passwords, "matches", counted)

    log_in("nobody@people.example", "anything")
    log_in(make_user(shop.business_id).email, "anything")

    assert compared == [True, False]


def test_a_hash_of_another_cost_is_made_again_by_the_right_password_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = make_user(shop.business_id)
    before = _hash_of(login)
    monkeypatch.setattr(passwords, "is_outdated", lambda _: True)

    log_in(login.email, "wrong")
    unchanged = _hash_of(login)
    log_in(login.email, login.password)

    assert (unchanged, _hash_of(login) != before) == (before, True)
    assert log_in(login.email, login.password) == login.user_id


def _hash_of(login: Login) -> str:
    with db.system_reading():
        return str(db.scalar(select(User.password_hash).where(User.id == login.user_id)))

"""Operators are named on the command line; who is one no more is in no business any longer."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.errors import NotFound
from app.domain.accounts.business.models import Visit
from app.workflow.accounts.people import set_operators
from app.workflow.accounts.people.visit_business import begin_visit
from tests.factories.people import make_user
from tests.factories.shop import Shop


def test_somebody_is_named_and_is_one_no_more(shop: Shop) -> None:
    login = make_user(shop.business_id)

    set_operators.set_operator(f" {login.email.upper()} ", is_operator=True)
    named = set_operators.operators()
    set_operators.set_operator(login.email, is_operator=False)

    assert login.email in named
    assert login.email not in set_operators.operators()


def test_nobody_is_named_without_an_account(shop: Shop) -> None:
    assert shop

    with pytest.raises(NotFound):
        set_operators.set_operator("nobody@people.example", is_operator=True)


def test_open_visits_end_with_it_and_nobody_elses(shop: Shop) -> None:
    leaving, staying = make_user(shop.business_id), make_user(shop.business_id)
    for login in (leaving, staying):
        set_operators.set_operator(login.email, is_operator=True)
        begin_visit(shop.business_id, login.user_id, role="viewer", reason="A question", may_change=False)

    set_operators.set_operator(leaving.email, is_operator=False)

    with db.system_reading():
        table = Visit.__table__
        found = db.rows(select(table).where(table.c.business_id == shop.business_id))
        ended = {row.user_id: row.ended_at is not None and row.ended_at <= clock.now() for row in found}
    assert ended == {leaving.user_id: True, staying.user_id: False}
    set_operators.set_operator(staying.email, is_operator=False)

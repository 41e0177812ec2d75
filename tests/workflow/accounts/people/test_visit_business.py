"""Visits of operators: with a reason, an end and one seat at a time where something can be changed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import Denied, Invalid, NotFound
from app.core.ids import new_id
from app.domain.accounts.business import rules
from app.domain.accounts.business.models import Visit
from app.workflow.accounts.people import set_operators, visit_business
from tests.factories.people import Login, make_user
from tests.factories.shop import Shop


@pytest.fixture
def operator(shop: Shop) -> Iterator[Login]:
    login = make_user(shop.business_id)
    set_operators.set_operator(login.email, is_operator=True)
    yield login
    set_operators.set_operator(login.email, is_operator=False)


def test_a_visit_has_a_seat_a_reason_and_an_end(shop: Shop, operator: Login) -> None:
    visit_id = _begin(shop, operator, reason="  Ticket \n 12 ")

    [row] = _visits(operator)
    assert (row.id, row.business_id, row.role, row.reason) == (visit_id, shop.business_id, "viewer", "Ticket 12")
    assert row.ends_at - row.created_at == rules.VISIT_LASTS
    assert (row.may_change, row.ended_at) == (False, None)


def test_who_is_no_operator_visits_nobody(shop: Shop) -> None:
    with pytest.raises(Denied):
        _begin(shop, make_user(shop.business_id))


def test_a_visit_without_a_reason_a_role_or_a_business_is_none(shop: Shop, operator: Login) -> None:
    for wrong in ({"reason": " \n"}, {"role": "king"}):
        with pytest.raises(Invalid):
            _begin(shop, operator, **wrong)
    with pytest.raises(NotFound):
        visit_business.begin_visit(new_id(), operator.user_id, role="viewer", reason="x", may_change=False)

    assert _visits(operator) == []


def test_another_visit_of_the_same_business_ends_the_one_before(shop: Shop, operator: Login) -> None:
    first, second = _begin(shop, operator), _begin(shop, operator)

    assert _open(operator) == [second]
    assert first != second


def test_only_one_business_at_a_time_is_changed(new_shop: Callable[..., Shop], operator: Login) -> None:
    looked_at, changed, changed_next = new_shop(), new_shop(), new_shop()

    looking = _begin(looked_at, operator)
    _begin(changed, operator, may_change=True)
    changing = _begin(changed_next, operator, may_change=True)

    assert _open(operator) == [looking, changing]


def test_a_visit_is_ended_once_by_its_operator_in_its_business(
    shop: Shop, new_shop: Callable[..., Shop], operator: Login
) -> None:
    visit_id = _begin(shop, operator)

    visit_business.end_visit(make_user(shop.business_id).user_id, shop.business_id, visit_id)
    visit_business.end_visit(operator.user_id, new_shop().business_id, visit_id)
    still = _open(operator)
    visit_business.end_visit(operator.user_id, shop.business_id, visit_id)
    [ended] = _visits(operator)
    visit_business.end_visit(operator.user_id, shop.business_id, visit_id)

    assert (still, _open(operator)) == ([visit_id], [])
    assert _visits(operator)[0].ended_at == ended.ended_at


def _begin(shop: Shop, login: Login, *, role: str = "viewer", reason: str = "x", may_change: bool = False) -> uuid.UUID:
    return visit_business.begin_visit(shop.business_id, login.user_id, role=role, reason=reason, may_change=may_change)


def _visits(login: Login) -> list[Visit]:
    table = db.table(Visit)
    with db.system_reading():
        return list(db.rows(select(table).where(table.c.user_id == login.user_id).order_by(table.c.id)))


def _open(login: Login) -> list[uuid.UUID]:
    return [row.id for row in _visits(login) if row.ended_at is None]

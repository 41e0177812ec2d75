"""A business demands a second factor: of whoever demands it first."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import Conflict
from app.domain.accounts.business.models import Business
from app.workflow.accounts.people.require_second_factor import require_second_factor
from tests.factories.people import make_user, set_up_app
from tests.factories.shop import Shop


def test_who_has_none_cannot_demand_it(shop: Shop) -> None:
    login, other = make_user(shop.business_id), make_user(shop.business_id)
    set_up_app(other)

    with pytest.raises(Conflict) as refused:
        require_second_factor(shop.business_id, is_on=True, user_id=login.user_id)

    assert (refused.value.code, _is_required(shop.business_id)) == ("no_second_factor", False)


def test_it_holds_for_one_business_until_it_is_taken_back(shop: Shop) -> None:
    login, other = make_user(shop.business_id), make_user(shop.business_id)
    set_up_app(login)

    require_second_factor(shop.business_id, is_on=True, user_id=login.user_id)
    demanded = _is_required(shop.business_id)
    require_second_factor(shop.business_id, is_on=False, user_id=other.user_id)

    assert (demanded, _is_required(shop.business_id)) == (True, False)


def _is_required(business_id: uuid.UUID) -> bool:
    with db.reading(business_id):
        return bool(db.scalar(select(Business.requires_second_factor).where(Business.id == business_id)))

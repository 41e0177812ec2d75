"""How long personal data is kept: chosen within bounds, all or nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core.errors import Invalid
from app.domain.accounts.business.models import Business
from app.domain.accounts.privacy import kinds
from app.read.accounts.retention import retention
from app.workflow.accounts.set_retention import set_retention
from tests.factories.shop import Shop

BOUNDED = [(kind.key, kind.keep) for kind in kinds.CHOSEN if kind.keep]


@pytest.mark.parametrize(("key", "keep"), BOUNDED)
def test_both_bounds_can_be_chosen_and_nothing_beyond_them(shop: Shop, key: str, keep: kinds.Rule) -> None:
    for days in (keep.least, keep.most):
        set_retention(shop.business_id, {key: days})
        assert retention(shop.business_id).chosen.get(key, kinds.days({}, key)) == days
    for days in (keep.least - 1, keep.most + 1):
        with pytest.raises(Invalid):
            set_retention(shop.business_id, {key: days})

    assert retention(shop.business_id).chosen.get(key, kinds.days({}, key)) == keep.most


def test_one_that_cannot_be_changes_none(shop: Shop) -> None:
    key, keep = BOUNDED[0]

    with pytest.raises(Invalid):
        set_retention(shop.business_id, {key: keep.least, "shoe_sizes": 30})

    assert _kept(shop) == {}


def test_others_stay_as_they_were_and_the_default_is_not_written(shop: Shop) -> None:
    (first, one), (second, other) = BOUNDED[:2]

    set_retention(shop.business_id, {first: one.most})
    set_retention(shop.business_id, {second: other.most})
    set_retention(shop.business_id, {first: kinds.days({}, first)})

    assert _kept(shop) == {second: other.most}


def _kept(shop: Shop) -> object:
    return shop.one(select(Business.retention).where(Business.id == shop.business_id))[0]

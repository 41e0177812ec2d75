"""How long personal data is kept: chosen within bounds, all or nothing."""

from __future__ import annotations

import pytest

from app.core.errors import Invalid
from app.domain.accounts.privacy import kinds
from app.read.accounts.retention import retention
from app.read.accounts.settings import list_versions, settings
from app.workflow.accounts.restore_settings import restore_settings
from app.workflow.accounts.set_retention import set_retention
from tests.factories.shop import Shop

BOUNDED = [(kind.key, kind.keep) for kind in kinds.CHOSEN if kind.keep]


@pytest.mark.parametrize(("key", "keep"), BOUNDED)
def test_both_bounds_can_be_chosen_and_nothing_beyond_them(shop: Shop, key: str, keep: kinds.Rule) -> None:
    for days in (keep.least, keep.most):
        set_retention(shop.business_id, {key: days}, actor="test")
        assert retention(shop.business_id).chosen.get(key, kinds.days({}, key)) == days
    for days in (keep.least - 1, keep.most + 1):
        with pytest.raises(Invalid):
            set_retention(shop.business_id, {key: days}, actor="test")

    assert retention(shop.business_id).chosen.get(key, kinds.days({}, key)) == keep.most


def test_one_that_cannot_be_changes_none(shop: Shop) -> None:
    key, keep = BOUNDED[0]

    with pytest.raises(Invalid):
        set_retention(shop.business_id, {key: keep.least, "shoe_sizes": 30}, actor="test")

    assert settings(shop.business_id).version == 0


def test_a_choice_is_a_version_that_can_be_put_back_and_others_stay(shop: Shop) -> None:
    (first, one), (second, other) = BOUNDED[:2]
    set_retention(shop.business_id, {first: one.most}, actor="test")
    set_retention(shop.business_id, {second: other.most}, actor="test")

    [newest, _] = list_versions(shop.business_id, after=None, limit=10)
    restore_settings(shop.business_id, newest.id, actor="test", undo=True)

    assert newest.changes == {kinds.BY_KEY[second].setting: {"before": other.days, "after": other.most}}
    assert retention(shop.business_id).chosen[first] == one.most
    assert retention(shop.business_id).chosen[second] == other.days


def test_a_choice_that_stays_makes_no_version(shop: Shop) -> None:
    key, keep = BOUNDED[0]

    set_retention(shop.business_id, {key: keep.days}, actor="test")

    assert settings(shop.business_id).version == 0

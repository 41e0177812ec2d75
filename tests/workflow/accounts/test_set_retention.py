"""How long personal data is kept: chosen within bounds, all or nothing."""

from __future__ import annotations

import pytest

from app.core.errors import Invalid
from app.core.settings import BadSettings
from app.domain.accounts.privacy import kinds
from app.domain.accounts.privacy.installation import check_installation
from app.read.accounts.retention import retention
from app.read.accounts.settings import list_versions, settings
from app.workflow.accounts.change_settings import change_settings
from app.workflow.accounts.restore_settings import restore_settings
from app.workflow.accounts.set_retention import set_retention
from tests.factories.openings import changed_settings
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


NARROWER = {"requests": (7, 14), "unpaid": (None, 30)}


def test_an_installation_narrows_what_may_be_chosen(shop: Shop) -> None:
    with changed_settings(retention_limits=NARROWER):
        set_retention(shop.business_id, {"requests": 7}, actor="test")
        set_retention(shop.business_id, {"requests": 14, "unpaid": 30}, actor="test")
        for key, days in (("requests", 6), ("requests", 15), ("unpaid", 31)):
            with pytest.raises(Invalid, match="invalid_retention"):
                set_retention(shop.business_id, {key: days}, actor="test")
            with pytest.raises(Invalid, match="invalid_setting"):
                change_settings(shop.business_id, {f"keep_{key}_days": days}, actor="test")
        found = {each.kind.key: (each.days, each.bounds) for each in retention(shop.business_id).periods}

    assert found["requests"] == (14, (7, 14))
    assert found["unpaid"] == (30, (7, 30))
    assert found["orders"] == (None, (None, None))


def test_what_was_chosen_before_the_installation_narrowed_it_is_the_nearest_that_may_be(shop: Shop) -> None:
    set_retention(shop.business_id, {"requests": 60}, actor="test")

    with changed_settings(retention_limits=NARROWER):
        narrowed = retention(shop.business_id).chosen["requests"], settings(shop.business_id).values
        change_settings(shop.business_id, {"keep_requests_days": 14}, actor="test")

    assert (narrowed[0], narrowed[1]["keep_requests_days"], narrowed[1]["keep_unpaid_days"]) == (14, 14, 30)
    assert retention(shop.business_id).chosen["requests"] == 14


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        ({"orders": (1, 2)}, "not orders"),
        ({"shoe_sizes": (1, 2)}, "not shoe_sizes"),
        ({"unpaid": (6, None)}, "from 7 to 730"),
        ({"unpaid": (None, 731)}, "from 7 to 730"),
        ({"unpaid": (30, 29)}, "from 7 to 730"),
        ({"mailbox_codes": (2, 2)}, "not mailbox_codes"),
    ],
)
def test_an_installation_widens_nothing(limits: dict[str, tuple[int | None, int | None]], problem: str) -> None:
    with pytest.raises(BadSettings, match=problem):
        check_installation(limits, kinds.CHOSEN)


def test_an_installation_may_have_the_bounds_of_the_table() -> None:
    whole = {kind.key: (kind.keep.least, kind.keep.most) for kind in kinds.CHOSEN if kind.keep}

    check_installation(whole, kinds.CHOSEN)
    check_installation({"unpaid": (30, 30)}, kinds.CHOSEN)

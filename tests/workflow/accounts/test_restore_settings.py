"""Putting versions of the settings back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.core.ids import new_id
from app.domain.accounts.business.settings.errors import SettingsConflict
from app.domain.accounts.business.settings.models import SettingsVersion
from app.read.accounts.settings import settings
from app.workflow.accounts.change_settings import change_settings
from app.workflow.accounts.restore_settings import restore_settings
from app.workflow.orders.choose_split import choose_split
from tests.factories.shop import Shop

OWNER = "usr_01jd3w8n2q4zt5b7yk2hc5e4rv"


def test_every_setting_is_again_what_it_was_when_the_version_was_made(shop: Shop) -> None:
    change_settings(shop.business_id, {"tax_number": "1", "refund_reasons": ["Late"]}, actor=OWNER)
    then = settings(shop.business_id).values
    change_settings(shop.business_id, {"tax_number": "2", "country": "DE"}, actor=OWNER)
    choose_split(shop.business_id, "seller", actor=OWNER)
    change_settings(shop.business_id, {"tax_number": "3"}, actor=OWNER)

    made = restore_settings(shop.business_id, _version(shop, 1), actor=OWNER, reason="as before")

    assert (made, settings(shop.business_id).values) == (5, then)
    newest = _row(shop, 5)
    assert (newest.restored_number, newest.reason) == (1, "as before")
    assert sorted(newest.changes) == ["country", "split_by", "tax_number"]


def test_undoing_the_first_change_brings_the_beginning_back(shop: Shop) -> None:
    before = settings(shop.business_id).values
    change_settings(shop.business_id, {"tax_number": "1"}, actor=OWNER)

    restore_settings(shop.business_id, _version(shop, 1), actor=OWNER, undo=True)

    assert settings(shop.business_id).values == before
    assert _row(shop, 2).restored_number == 0


def test_what_is_so_already_makes_no_version(shop: Shop) -> None:
    change_settings(shop.business_id, {"tax_number": "1"}, actor=OWNER)

    assert restore_settings(shop.business_id, _version(shop, 1), actor=OWNER) is None
    assert settings(shop.business_id).version == 1


def test_a_change_after_the_page_was_drawn_is_not_lost(shop: Shop) -> None:
    change_settings(shop.business_id, {"tax_number": "1"}, actor=OWNER)
    change_settings(shop.business_id, {"tax_number": "2"}, actor=OWNER)
    change_settings(shop.business_id, {"tax_number": "3"}, actor=OWNER)

    with pytest.raises(SettingsConflict):
        restore_settings(shop.business_id, _version(shop, 1), actor=OWNER, seen=2)

    assert settings(shop.business_id).values["tax_number"] == "3"


def test_another_businesss_version_looks_absent(shop: Shop, new_shop) -> None:
    theirs = new_shop()
    change_settings(theirs.business_id, {"tax_number": "1"}, actor=OWNER)

    for version_id in (new_id(), _version(theirs, 1)):
        with pytest.raises(NotFound):
            restore_settings(shop.business_id, version_id, actor=OWNER)


def _row(shop: Shop, number: int) -> SettingsVersion:
    versions = db.table(SettingsVersion)
    return shop.one(select(versions).where(versions.c.business_id == shop.business_id, versions.c.number == number))


def _version(shop: Shop, number: int):
    return _row(shop, number).id

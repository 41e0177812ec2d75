"""Products that go on sale and off sale by themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.errors import AppError
from app.domain.catalog.models import Product
from app.workflow.catalog import manage_catalog, schedule_products
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")

HOUR = timedelta(hours=1)


def _status(shop: Shop) -> str:
    return str(shop.one(select(Product.status).where(Product.id == shop.product_id)).status)


def _later(monkeypatch: pytest.MonkeyPatch, after: timedelta) -> None:
    moment = clock.now() + after
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_a_product_is_on_sale_for_its_time_and_to_the_moment(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    manage_catalog.unpublish_product(shop.business_id, shop.product_id, actor="test")
    now = clock.now()
    schedule_products.schedule_product(
        shop.business_id, shop.product_id, starts_at=now + HOUR, ends_at=now + 3 * HOUR, actor="test"
    )
    with pytest.raises(AppError, match="not on sale"):
        shop.place()

    _later(monkeypatch, HOUR)
    assert shop.place()  # the scheduler has not come round yet
    schedule_products.keep_schedules()
    open_status = _status(shop)
    _later(monkeypatch, 2 * HOUR)
    with pytest.raises(AppError, match="not on sale"):
        shop.place()
    schedule_products.keep_schedules()

    assert (open_status, _status(shop)) == ("on_sale", "off_sale")


def test_one_whose_whole_time_passed_unseen_ends_off_sale(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    manage_catalog.unpublish_product(shop.business_id, shop.product_id, actor="test")
    now = clock.now()
    schedule_products.schedule_product(
        shop.business_id, shop.product_id, starts_at=now + HOUR, ends_at=now + 2 * HOUR, actor="test"
    )

    _later(monkeypatch, 3 * HOUR)
    with pytest.raises(AppError, match="not on sale"):
        shop.place()
    schedule_products.keep_schedules()

    assert _status(shop) == "off_sale"


def test_a_schedule_is_called_off(shop: Shop) -> None:
    end = clock.now() + HOUR
    schedule_products.schedule_product(shop.business_id, shop.product_id, starts_at=None, ends_at=end, actor="test")
    schedule_products.unschedule_product(shop.business_id, shop.product_id, actor="test")
    stored = shop.one(select(Product.__table__).where(Product.id == shop.product_id))
    manage_catalog.unpublish_product(shop.business_id, shop.product_id, actor="test")
    schedule_products.schedule_product(shop.business_id, shop.product_id, starts_at=end, ends_at=None, actor="test")
    schedule_products.unschedule_product(shop.business_id, shop.product_id, actor="test")

    assert (stored.status, stored.off_sale_at) == ("on_sale", None)
    assert _status(shop) == "draft"


def test_what_cannot_be_scheduled_is_refused(shop: Shop) -> None:
    now = clock.now()

    for starts_at, ends_at, code in ((now + HOUR, None, "illegal_state"), (None, now, "invalid_window")):
        with pytest.raises(AppError) as refused:
            schedule_products.schedule_product(
                shop.business_id, shop.product_id, starts_at=starts_at, ends_at=ends_at, actor="test"
            )
        assert refused.value.code == code

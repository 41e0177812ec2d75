"""What grows fast, or is kept for a time that nobody chooses, is forgotten when it is over, and not before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock, db, ids
from app.core.db.models import IdempotencyKey
from app.core.ids import new_id
from app.domain.payments.day_totals import ChannelDayTotal
from app.domain.payments.refused import RefusedNoticeCount
from app.workflow.accounts.change_settings import change_settings
from app.workflow.operations import prune
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("days", [2, 3, 30])
def test_an_answer_is_kept_for_as_many_days_as_its_business_chose(new_shop: Any, days: int) -> None:
    usual, chooses = new_shop(), new_shop()
    change_settings(chooses.business_id, {"keep_answers_days": days}, actor="test")
    for shop, kept in ((usual, 2), (chooses, days)):
        edge = clock.now() - timedelta(days=kept)
        with db.phase("test.keys", shop.business_id):
            for key, at in {"old": edge - MINUTE, "young": edge + MINUTE}.items():
                about = {"route": "POST /v1/orders", "key": key, "body_hash": ""}
                db.add(IdempotencyKey, id=ids.first_at(at), created_at=at, **about)

    removed = prune.prune_keys(), prune.prune_keys()

    assert removed == (2, 0)
    assert [_kept(shop, IdempotencyKey.key) for shop in (usual, chooses)] == [["young"], ["young"]]


def test_counts_of_refused_notices_are_kept_for_a_month(shop: Shop) -> None:
    edge = clock.now() - prune.RETENTION_OF_COUNTS
    old, young = edge - MINUTE, edge + MINUTE
    with db.phase("test.counts", shop.business_id):
        for hour in (old, young):
            db.add(RefusedNoticeCount, channel_account_id=shop.account_id, hour=hour, number=3, stored=1)

    removed = prune.prune_refused_counts(), prune.prune_refused_counts()

    assert removed == (1, 0)
    assert _kept(shop, RefusedNoticeCount.hour) == [young]


def test_totals_of_a_day_are_kept_for_a_month(shop: Shop) -> None:
    edge = (clock.now() - prune.RETENTION_OF_COUNTS).date()
    before, after = edge - timedelta(days=1), edge + timedelta(days=1)
    with db.phase("test.totals", shop.business_id):
        for day in (before, after):
            about = {"channel_account_id": shop.account_id, "currency": "USD", "shard": 0, "taken_minor": 0}
            db.add(ChannelDayTotal, id=new_id(), day=day, **about)

    removed = prune.prune_day_totals(), prune.prune_day_totals()

    assert removed == (1, 0)
    assert _kept(shop, ChannelDayTotal.day) == [after]


def _kept(shop: Shop, column: Any) -> list[Any]:
    table = column.class_.__table__
    return [row[0] for row in shop.many(select(column).where(table.c.business_id == shop.business_id))]

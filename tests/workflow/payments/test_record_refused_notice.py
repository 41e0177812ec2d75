"""Refused notices: seen by the merchant and by operators, and forgotten after a month."""

from __future__ import annotations

from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.ids import show
from app.domain.payments.refused import RefusedNotice, RefusedNoticeCount
from app.read.operations import health
from app.read.payments import refused_notices
from app.workflow.operations import prune, prune_personal
from app.workflow.payments import record_refused_notice
from tests.factories.shop import Shop

DAY_S = 86400


@pytest.fixture(autouse=True)
def _no_flood_before() -> None:
    record_refused_notice.tally.forget()


def refuse(app: Flask, shop: Shop, times: int) -> None:
    path = f"/callbacks/simulator/{show('cha', shop.account_id)}"
    for _ in range(times):
        assert app.test_client().post(path, data=b"{}").status_code == 400


def test_they_are_seen(app: Flask, shop: Shop) -> None:
    before = health.backlog().notices_refused

    refuse(app, shop, 3)

    seen = refused_notices.lately(shop.business_id, shop.account_id)
    assert seen.number == 3
    assert [row.reason for row in seen.latest] == ["bad_signature"] * 3
    assert health.backlog().notices_refused == before + 3


def test_the_count_is_written_with_the_next_one_after_a_while(
    app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_refused_notice, "PER_ACCOUNT", 1)
    refuse(app, shop, 5)
    monkeypatch.setattr(record_refused_notice, "WRITE_EVERY_S", 0.0)

    refuse(app, shop, 1)

    [counted] = shop.many(select(RefusedNoticeCount.__table__))
    assert (counted.number, counted.stored) == (6, 1)


def test_they_are_forgotten_after_a_month(app: Flask, shop: Shop, clock: ModuleType) -> None:
    refuse(app, shop, 2)
    prune_personal.prune_business(shop.business_id)
    assert len(shop.many(select(RefusedNotice.id))) == 2

    clock.move(31 * DAY_S)
    prune_personal.prune_business(shop.business_id)
    prune.prune_refused_counts()

    assert shop.many(select(RefusedNotice.id)) == []
    assert shop.many(select(RefusedNoticeCount.id)) == []

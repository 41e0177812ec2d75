"""A request counts for its business and its scenario alone, by the default of the installation or by its own limit."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask

from app.core import settings
from app.core.errors import TooMany
from app.core.limits import tiers
from app.domain.accounts.business.tiers import Scenario, TierLimits
from app.workflow.accounts.count_request import check, count_request, rate_of, states

FEW: TierLimits = {"api_write": {"per_s": 1, "burst": 2}}


@pytest.fixture(autouse=True)
def _own_tiers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = tiers.current()
    tiers.use(tiers.Tiers(app.config["SETTINGS"].redis_url))
    monkeypatch.setattr("app.core.clock.real_s", lambda: 1_000_000.5)
    yield
    tiers.use(before)


def test_the_default_follows_what_one_key_may_ask() -> None:
    key = settings.current().api_rate_per_s

    assert rate_of(Scenario.PAY, {}) == tiers.Rate(per_s=8 * key, burst=16 * key)
    assert rate_of(Scenario.API_WRITE, FEW) == tiers.Rate(per_s=1, burst=2)


def test_a_flood_of_writes_is_refused_and_its_payments_and_neighbours_are_not() -> None:
    loud, quiet = uuid.uuid4(), uuid.uuid4()
    for _ in range(2):
        check(count_request(Scenario.API_WRITE, loud, FEW))

    with pytest.raises(TooMany) as refused:
        check(count_request(Scenario.API_WRITE, loud, FEW))

    assert (refused.value.code, refused.value.http_status) == ("rate_limited", 429)
    assert (refused.value.details or {})["retry_after_s"] >= 1
    check(count_request(Scenario.PAY, loud, FEW))
    check(count_request(Scenario.API_WRITE, quiet, FEW))


def test_what_is_asked_now_is_seen() -> None:
    business = uuid.uuid4()
    for _ in range(2):
        count_request(Scenario.API_WRITE, business, FEW)

    [write] = [each for each in states(business, FEW) if each.scenario is Scenario.API_WRITE]

    assert (write.used, write.quota, write.is_default) == (2, 10, False)

"""Tax rates: one in force for each country and product, and none that changes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from app.core.db import VersionConflict
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.read.orders.tax_rates import list_rates
from app.workflow.orders import manage_tax_rates
from app.workflow.orders.manage_tax_rates import TaxRateCommand, end_tax_rate, set_tax_rate
from tests.factories.shop import Shop


def test_a_new_rate_ends_the_one_before_for_the_same(shop: Shop) -> None:
    _set(shop, 1600)
    _set(shop, 700, product_id=shop.product_id)
    _set(shop, 2000, country="AT")

    _set(shop, 1900)

    assert _rates(shop, ended=True) == [1600]
    assert sorted(_rates(shop, ended=False)) == [700, 1900, 2000]


def test_ended_twice_is_ended_once(shop: Shop) -> None:
    rate_id = _set(shop, 1900)

    end_tax_rate(shop.business_id, rate_id)
    [first] = list_rates(shop.business_id, ended=True, after=None, limit=9)
    end_tax_rate(shop.business_id, rate_id)
    [second] = list_rates(shop.business_id, ended=True, after=None, limit=9)

    assert first.ends_at == second.ends_at


def test_the_same_request_again_sets_nothing(shop: Shop) -> None:
    rate_id = new_id()
    command = TaxRateCommand(country="DE", name="VAT", rate_bps=1900)

    for _ in range(2):
        assert set_tax_rate(shop.business_id, command, rate_id=rate_id) == rate_id

    assert (_rates(shop, ended=False), _rates(shop, ended=True)) == ([1900], [])


def test_of_several_at_once_one_is_in_force(shop: Shop) -> None:
    def change(bps: int) -> None:
        with suppress(VersionConflict):  # somebody else was quicker
            _set(shop, bps)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(change, (100, 200, 300, 400)))

    assert len(_rates(shop, ended=False)) == 1


@pytest.mark.parametrize(
    "wrong", [{"country": "XX"}, {"name": " "}, {"name": "x" * 41}, {"rate_bps": -1}, {"rate_bps": 10_001}]
)
def test_what_is_no_rate_is_refused(shop: Shop, wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="invalid_tax_rate"):
        set_tax_rate(shop.business_id, TaxRateCommand(**{"country": "DE", "name": "VAT", "rate_bps": 1900, **wrong}))

    assert _rates(shop, ended=False) == []


def test_another_businesss_product_and_rate_look_absent(shop: Shop, new_shop: Callable[..., Shop]) -> None:
    theirs = new_shop()

    with pytest.raises(NotFound):
        _set(shop, 700, product_id=theirs.product_id)
    with pytest.raises(NotFound):
        end_tax_rate(shop.business_id, _set(theirs, 700))


def test_there_is_a_limit(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manage_tax_rates, "MAX_RATES", 1)
    _set(shop, 1900)

    with pytest.raises(Conflict, match="too_many_tax_rates"):
        _set(shop, 2000, country="AT")


def _set(shop: Shop, rate_bps: int, **more: object):
    return set_tax_rate(
        shop.business_id, TaxRateCommand(**{"country": "DE", "name": "VAT", "rate_bps": rate_bps, **more})
    )


def _rates(shop: Shop, *, ended: bool) -> list[int]:
    return [row.rate_bps for row in list_rates(shop.business_id, ended=ended, after=None, limit=99)]

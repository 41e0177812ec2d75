"""Files that are written while somebody waits: none while exports are off, and none that is cut."""

from __future__ import annotations

from types import ModuleType

import pytest

from app.core.ids import show
from app.read.operations import audit_log
from app.read.subscriptions import metric_lists
from app.workflow.accounts.lifecycle.switch_off import SwitchCommand, switch_off, switch_on
from tests.factories.contracts import plan_of, sign
from tests.factories.coupons import active_template
from tests.factories.shop import Shop
from tests.pages import Visitor


@pytest.fixture
def pages(shop: Shop, owner: Visitor) -> dict[str, tuple[str, str]]:
    """By kind of file: the page with its button, and what the button's address ends with."""
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    plan = plan_of(shop)
    for _ in range(3):
        sign(shop, plan)
    coupons = f"/portal/coupons/{show('cpt', active_template(shop.business_id))}"
    owner.get(coupons).form("/batches").send(count="3", note="Fair")
    return {
        "metric": ("/portal/contract_metrics/mrr?currency=USD", "/file"),
        "audit log": ("/portal/audit-log", "/export"),
        "coupons": (coupons, "/export"),
    }


@pytest.mark.parametrize("kind", ["metric", "audit log", "coupons"])
def test_none_is_written_while_exports_are_off(
    shop: Shop, owner: Visitor, pages: dict[str, tuple[str, str]], kind: str
) -> None:
    address, button = pages[kind]
    switch_off(shop.business_id, SwitchCommand("exports_off", 5, "Slow"))

    refused = owner.get(address).form(button).send()
    switch_on(shop.business_id, "exports_off")
    file = owner.get(address).form(button).download()

    assert "Exports are switched off for a while" in refused.text
    assert len(file.splitlines()) >= 4


@pytest.mark.parametrize(
    ("kind", "where", "name"),
    [("metric", metric_lists, "MAX_EXPORT"), ("audit log", audit_log, "MAX_EXPORTED")],
)
def test_one_that_is_too_long_is_refused_and_not_cut(
    owner: Visitor,
    pages: dict[str, tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    where: ModuleType,
    name: str,
) -> None:
    address, button = pages[kind]
    before = owner.get(address).form(button).download()

    number = len({line.split(",")[0] for line in before.splitlines()[1:]})
    monkeypatch.setattr(where, name, number)
    fitting = owner.get(address).form(button).download()
    monkeypatch.setattr(where, name, number - 1)
    refused = owner.get(address).form(button).send()

    assert fitting == before
    assert f"The list has more than {number - 1} " in refused.text

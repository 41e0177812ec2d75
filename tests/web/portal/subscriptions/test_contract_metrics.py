"""What contracts are worth, in the portal: numbers, the list behind each, and its file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.ids import show
from app.workflow.subscriptions import change_contract
from tests.factories.contracts import plan_of, sign
from tests.factories.shop import Shop
from tests.pages import Visitor


@pytest.fixture
def rich(shop: Shop) -> Shop:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    return shop


def test_a_business_without_contracts_sees_zeros(owner: Visitor) -> None:
    page = owner.get("/portal/contract_metrics")

    assert page.heading == "Subscription metrics"
    assert "Nothing to count in this month." in page.text


def test_each_number_leads_to_its_contracts_and_their_file(rich: Shop, owner: Visitor) -> None:
    plan = plan_of(rich)
    kept, gone = sign(rich, plan), sign(rich, plan)
    change_contract.cancel_now(rich.business_id, gone, actor="test")

    page = owner.get("/portal/contract_metrics?currency=USD")
    churned = owner.get("/portal/contract_metrics/churn?currency=USD")
    running = owner.get("/portal/contract_metrics/mrr?currency=USD")
    file, lost = running.form("/file").send(), churned.form("/file").download()

    assert "10.00" in page.text
    assert "120.00" in page.text
    assert any("/portal/contract_metrics/churn" in link for link in page.links)
    assert f"/portal/contracts/{show('con', gone)}" in churned.links
    assert f"/portal/contracts/{show('con', kept)}" in running.links
    assert f"/portal/contracts/{show('con', gone)}" not in running.links
    assert show("con", kept) in file.text
    assert lost.splitlines()[1].endswith(",-1000,USD")  # a number, which a spreadsheet can sum


def test_a_file_for_a_role_without_buyers_masks_their_references(rich: Shop, signed_in: Callable[..., Visitor]) -> None:
    sign(rich, plan_of(rich))

    file = signed_in(rich, "developer").get("/portal/contract_metrics/mrr?currency=USD").form("/file").download()

    assert "buyer-1" not in file
    assert "bu•••" in file


def test_a_metric_that_is_none_is_not_found(owner: Visitor) -> None:
    assert owner.get("/portal/contract_metrics/secret").status == 404

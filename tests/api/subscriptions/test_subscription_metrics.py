"""The metrics of contracts over the API, and the contracts behind them."""

from __future__ import annotations

from app.core.ids import show
from app.workflow.subscriptions import change_contract
from tests.api.conftest import Merchant
from tests.factories.contracts import plan_of, sign


def test_the_metrics_and_the_contracts_behind_them_agree(merchant: Merchant) -> None:
    shop = merchant.shop
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    plan = plan_of(shop)
    kept, second, gone = (sign(shop, plan) for _ in range(3))
    change_contract.cancel_now(shop.business_id, gone, actor="test")

    found = merchant.get("/v1/contract_metrics?currency=USD").json
    first_page = merchant.get("/v1/contract_metrics/contracts?metric=mrr&limit=1").json
    rest = merchant.get(
        f"/v1/contract_metrics/contracts?metric=mrr&limit=1&cursor={first_page['next_cursor']}"
    ).json  # fmt: skip
    churned = merchant.get("/v1/contract_metrics/contracts?metric=churn").json

    assert (found["mrr_minor"], found["arr_minor"], found["contract_count"]) == (2000, 24_000, 2)
    last = found["months"][-1]
    assert (last["new_minor"], last["churn_minor"], last["closing_minor"]) == (3000, -1000, 2000)
    listed = [*first_page["data"], *rest["data"]]
    assert {each["contract_id"] for each in listed} == {show("con", kept), show("con", second)}
    assert sum(each["amount_minor"] for each in listed) == found["mrr_minor"]
    assert [(each["contract_id"], each["amount_minor"]) for each in churned["data"]] == [(show("con", gone), -1000)]


def test_a_currency_without_contracts_counts_nothing(merchant: Merchant) -> None:
    found = merchant.get("/v1/contract_metrics?currency=EUR").json

    assert (found["currency"], found["mrr_minor"]) == ("EUR", 0)


def test_bad_input_is_refused(merchant: Merchant) -> None:
    bad = [
        merchant.get(f"/v1/{path}").status_code
        for path in (
            "contract_metrics?month=2026-13",
            "contract_metrics?currency=usd!",
            "contract_metrics/contracts",
            "contract_metrics/contracts?metric=secret",
        )
    ]

    assert set(bad) == {422}

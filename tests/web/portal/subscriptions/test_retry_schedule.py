"""What follows a refusal, on the pages of a plan and of a contract."""

from __future__ import annotations

import pytest

from app.core import mail
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


def test_a_plan_shows_its_tries_and_mails(rich: Shop, owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/portal/plans/{show('plan', plan_of(rich, retry_days=(2, 3), final_step='pause'))}"
    silent = owner.get(path)
    monkeypatch.setattr(mail, "is_on", lambda: True)

    page = owner.get(path)

    assert "Email to the buyer" not in silent.text
    for said in ("If a payment due now is refused", "Try 3", "The contract is paused", "Email to the buyer"):
        assert said in page.text
    assert "Try 4" not in page.text


def test_a_contract_shows_them_while_it_is_charged(rich: Shop, owner: Visitor) -> None:
    contract_id = sign(rich, plan_of(rich, retry_days=(2,)))
    path = f"/portal/contracts/{show('con', contract_id)}"
    running = owner.get(path)
    change_contract.cancel_at_period_end(rich.business_id, contract_id, actor="test")

    cancelled = owner.get(path)

    assert "If a payment is refused" in running.text
    assert "Try 2" in running.text
    assert "If a payment is refused" not in cancelled.text

"""Whose account gets a partner's money: by two people, and a change takes a day."""

from __future__ import annotations

import pytest

from app.core.errors import Conflict, Invalid
from app.domain.accounts.business.errors import OwnRequest
from app.domain.payments.types import Payee
from app.domain.settlement.clearing.types import ShareTerms
from app.read.settlement import partners
from app.workflow.accounts.approvals import decide_approval
from app.workflow.settlement import change_payee
from tests.factories.partners import Sharer, sharer_of
from tests.factories.shop import Shop


@pytest.fixture
def sharer(shop: Shop) -> Sharer:
    return sharer_of(shop)


def test_the_first_account_counts_at_once_when_a_second_person_approves_it(sharer: Sharer) -> None:
    business_id, ada = sharer.shop.business_id, sharer.partner()
    payee = Payee(account="DE89 3704 0044 0532 0130 00", name=" Ada Example ")
    approval_id = change_payee.request(business_id, ada, payee, actor=sharer.maker)

    with pytest.raises(OwnRequest):
        decide_approval.approve(business_id, approval_id, actor=sharer.maker)
    before = partners.get_partner(business_id, ada).payee_name
    decide_approval.approve(business_id, approval_id, actor=sharer.checker)

    row = partners.get_partner(business_id, ada)
    assert (before, row.payee_name, row.payee_hint) == (None, "Ada Example", "3000")
    assert "0532" not in str(row.payee_account)


def test_a_changed_account_takes_a_day_before_money_goes_there(sharer: Sharer) -> None:
    ada = sharer.partner()
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    sharer.pay_to(ada)
    sharer.sold()
    batch_id = sharer.close(ada)
    sharer.pay_to(ada, "DE02 1203 0000 0000 2020 51")

    with pytest.raises(Conflict) as fresh:
        sharer.settle(batch_id)
    sharer.shop.advance(86_401)

    assert fresh.value.code == "payee_changed"
    assert sharer.settle(batch_id) in ("paying", "paid")


@pytest.mark.parametrize(("name", "account"), [(" ", "DE89370400440532013000"), ("Ada", "12"), ("Ada", "x" * 65)])
def test_an_account_without_a_name_or_number_is_refused(sharer: Sharer, name: str, account: str) -> None:
    with pytest.raises(Invalid):
        change_payee.request(
            sharer.shop.business_id, sharer.partner(), Payee(account=account, name=name), actor=sharer.maker
        )

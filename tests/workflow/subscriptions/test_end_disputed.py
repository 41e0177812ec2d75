"""A cycle's payment that is disputed and lost: the membership goes, and the contract ends."""

from __future__ import annotations

import pytest
from sqlalchemy import and_, select

from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from tests.factories.contracts import agree, contract, cycles, plan_of, sign_at
from tests.factories.disputes import Disputes
from tests.factories.shop import Shop

attempts, transactions = PaymentAttempt.__table__, PaymentTransaction.__table__


@pytest.mark.parametrize(("end", "status"), [("dispute.lost", "ended"), ("dispute.won", "active")])
def test_a_contract_ends_when_its_payment_is_lost(shop: Shop, end: str, status: str) -> None:
    contract_id = sign_at(shop, plan_of(shop))
    agree(shop, contract_id)
    shop.work_off()
    order_id = cycles(shop, contract_id)[0].order_id
    of_it = and_(transactions.c.business_id == attempts.c.business_id, transactions.c.id == attempts.c.transaction_id)
    paid = select(attempts.c.id).join(transactions, of_it).where(transactions.c.order_id == order_id)
    attempt_id = shop.one(paid.where(attempts.c.status == "succeeded")).id
    disputes = Disputes(shop)
    number = disputes.open(attempt_id)

    disputes.say(end, number, attempt_id)
    shop.work_off()

    assert contract(shop, contract_id).status == status
    assert disputes.one(number).order_id == order_id
    shop.audit()

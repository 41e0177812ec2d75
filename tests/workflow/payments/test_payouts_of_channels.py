"""Payouts of every channel in the whole application: paid once, and what comes back is put back once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.domain.payments.types import Payee
from app.domain.reconciliation.models import Case
from app.workflow.payments import manage_channels, poll_undecided, recheck_payouts
from app.workflow.wallets import move_money, pay_out
from tests.contracts.payout_peers import PAYOUT_PEERS, PayoutPeer
from tests.factories.shop import Shop
from tests.simulator.company import Company, Receiver

OUTSIDE = sorted(PAYOUT_PEERS.keys() - {"simulator"})


@pytest.fixture(params=OUTSIDE)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    listening = Receiver()
    yield listening
    listening.close()


@pytest.fixture
def peer(way: str, simulator: str, receiver: Receiver) -> PayoutPeer:
    return PAYOUT_PEERS[way][1](Company(simulator), receiver)


@pytest.fixture
def account_id(way: str, shop: Shop, peer: PayoutPeer) -> uuid.UUID:
    return manage_channels.add_channel_account(
        shop.business_id, channel=PAYOUT_PEERS[way][0], name="Out", values=peer.settings
    )


def _available(shop: Shop, peer: PayoutPeer) -> int:
    return move_money.wallet(shop.business_id, buyer="ann", currency=peer.price.currency).available


def _status(shop: Shop, transaction_id: uuid.UUID) -> str:
    return str(shop.one(select(PaymentTransaction.status).where(PaymentTransaction.id == transaction_id)).status)


def test_a_payout_leaves_once_and_comes_back_once(shop: Shop, peer: PayoutPeer, account_id: uuid.UUID, clock) -> None:
    shop.keep_wallets()
    shop.fund("ann", 1000, peer.price.currency)
    transaction_id = new_id()
    payee = Payee(account=peer.payee, name="Ann")
    for _ in range(2):
        pay_out.withdraw(
            shop.business_id, buyer="ann", money=Money(400, peer.price.currency), payee=payee, actor="test",
            transaction_id=transaction_id, channel=str(account_id),
        )  # fmt: skip
    attempt = shop.one(select(PaymentAttempt.__table__).where(PaymentAttempt.transaction_id == transaction_id))
    ref = show("att", attempt.id)
    peer.arrived(ref)
    poll_undecided.poll_attempt(shop.business_id, attempt.id, force=True)
    left = _status(shop, transaction_id), _available(shop, peer)

    peer.send_back(ref)
    clock.move(3601)
    asked = [recheck_payouts.recheck(shop.business_id, attempt.id) for _ in range(2)]

    assert attempt.channel_account_id == account_id
    assert left == ("succeeded", 600)
    assert asked == [True, False]
    assert (_status(shop, transaction_id), _available(shop, peer)) == ("returned", 1000)
    assert [row.kind for row in shop.many(select(Case.__table__))] == ["withdrawal_returned"]

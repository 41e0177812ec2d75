"""Paying to somebody's account: the same for every channel that can."""

from __future__ import annotations

import pytest

from app.core.money import Money
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Outcome, PayoutChannel, PayoutRequest
from tests.contracts.offline_peer import BankAccount
from tests.contracts.operations import new_ref
from tests.contracts.peers import LOST
from tests.contracts.simulator_peer import PretendPay
from tests.simulator.company import Company, Receiver, eventually

PEERS = {"simulator": PretendPay}
PAYOUT_CHANNELS = {name: each for name, each in registry.CHANNELS.items() if isinstance(each, PayoutChannel)}
PAYERS = sorted(name for name, channel in PAYOUT_CHANNELS.items() if not channel.capabilities.is_manual)
BY_HAND = sorted(PAYOUT_CHANNELS.keys() - PAYERS)


@pytest.fixture(params=PAYERS)
def payer(request: pytest.FixtureRequest) -> PayoutChannel:
    found = registry.CHANNELS[request.param]
    assert isinstance(found, PayoutChannel)
    return found


@pytest.fixture
def peer(payer: PayoutChannel, pretend_pay: Company, receiver: Receiver) -> PretendPay:
    return PEERS[payer.name](pretend_pay, receiver)


def _pay(payer: PayoutChannel, peer: PretendPay | BankAccount, ref: str, minor: int = 1980) -> Outcome:
    request = PayoutRequest(
        attempt_ref=ref,
        amount=Money(minor, peer.price.currency),
        payee_account="DE02120300000000202051",
        payee_name="Ann",
        reason="asked for",
        notify_url=peer.notify_url,
    )
    return payer.pay_out(peer.settings, request)


def test_only_payers_can_pay_out() -> None:
    payers = {
        name for name, channel in registry.CHANNELS.items() if {"withdrawal", "payout"} & channel.capabilities.kinds
    }

    assert payers == PAYOUT_CHANNELS.keys()


@pytest.mark.parametrize("name", BY_HAND)
def test_a_payout_that_people_carry_out_waits_for_them(name: str) -> None:
    payer, peer, ref = PAYOUT_CHANNELS[name], BankAccount(), new_ref()

    first, again = _pay(payer, peer, ref), _pay(payer, peer, ref)

    assert [outcome.status for outcome in (first, again, payer.query_pay_out(peer.settings, ref))] == ["pending"] * 3
    assert first.exchanges == again.exchanges == []


def test_money_is_paid_once_under_one_number(payer: PayoutChannel, peer: PretendPay) -> None:
    ref = new_ref()

    first, again = _pay(payer, peer, ref), _pay(payer, peer, ref)

    assert (first.status, first.amount) == ("succeeded", peer.price)
    assert again.channel_ref == first.channel_ref
    result = payer.query_pay_out(peer.settings, ref)
    assert (result.status, result.amount, result.channel_ref) == ("succeeded", first.amount, first.channel_ref)


def test_the_same_number_for_another_amount_pays_nothing(payer: PayoutChannel, peer: PretendPay) -> None:
    ref = new_ref()
    _pay(payer, peer, ref, 100)

    assert _pay(payer, peer, ref, 101).status == "unknown"
    assert payer.query_pay_out(peer.settings, ref).amount == Money(100, peer.price.currency)


def test_a_payout_can_fail_and_is_notified(payer: PayoutChannel, peer: PretendPay) -> None:
    ref = new_ref()
    peer.script("payout", "decline", ref, "payee_rejected")

    failed = _pay(payer, peer, ref)

    assert (failed.status, failed.decline_code) == ("failed", "payee_rejected")
    [notice] = peer.notices(1)
    parsed = payer.read_notice(peer.settings, notice.headers, notice.body)
    assert (parsed.operation, parsed.our_ref, parsed.outcome.status) == ("payout", ref, "failed")
    assert parsed.outcome.decline_code == "payee_rejected"


def test_a_payout_can_take_its_time(payer: PayoutChannel, peer: PretendPay) -> None:
    ref = new_ref()
    peer.script("payout", "pending", ref)

    waiting = _pay(payer, peer, ref)
    peer.decide_payout(ref)

    assert waiting.status == "pending"
    [notice] = peer.notices(1)
    parsed = payer.read_notice(peer.settings, notice.headers, notice.body)
    assert (parsed.operation, parsed.our_ref, parsed.outcome.status) == ("payout", ref, "succeeded")
    assert parsed.outcome.amount == peer.price


@pytest.mark.parametrize("behavior", LOST)
def test_a_lost_payout_is_unknown_and_never_made_twice(payer: PayoutChannel, peer: PretendPay, behavior: str) -> None:
    ref, patient = new_ref(), peer.settings
    peer.script("payout", behavior, ref)
    peer.settings = patient | {"timeout_s": "0.3"}

    lost = _pay(payer, peer, ref)

    peer.settings = patient
    peer.wait_for_script(ref)
    assert lost.status == "unknown"
    expected = "succeeded" if behavior in ("timeout_after", "garbage") else "absent"
    eventually(lambda: payer.query_pay_out(peer.settings, ref).status == expected)
    assert _pay(payer, peer, ref).status == "succeeded"


def test_another_amount_of_a_payout_is_reported(payer: PayoutChannel, peer: PretendPay) -> None:
    ref = new_ref()
    peer.script("payout", "wrong_amount", ref)

    assert _pay(payer, peer, ref, 100).amount == Money(101, peer.price.currency)

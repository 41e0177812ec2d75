"""Paying to somebody's account: the same for every channel that can."""

from __future__ import annotations

import pytest

from app.core.money import Money
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import NoticeRefused, Outcome, PayoutChannel, PayoutRequest
from tests.contracts.offline_peer import BankAccount
from tests.contracts.operations import new_ref
from tests.contracts.payout_peers import PAYOUT_PEERS, PayoutPeer
from tests.contracts.peers import LOST
from tests.simulator.company import Company, Receiver, eventually

PAYOUT_CHANNELS = {name: each for name, each in registry.CHANNELS.items() if isinstance(each, PayoutChannel)}
# The others refuse at once, and say no more of it.
TELLING = ("simulator", "stripe-payout", "wechatpay")
BY_HAND = sorted(name for name, channel in PAYOUT_CHANNELS.items() if channel.capabilities.is_manual)


@pytest.fixture(params=PAYOUT_PEERS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def payer(way: str) -> PayoutChannel:
    found = registry.CHANNELS[PAYOUT_PEERS[way][0]]
    assert isinstance(found, PayoutChannel)
    return found


@pytest.fixture
def peer(way: str, pretend_pay: Company, receiver: Receiver) -> PayoutPeer:
    return PAYOUT_PEERS[way][1](pretend_pay, receiver)


def _pay(payer: PayoutChannel, peer: PayoutPeer | BankAccount, ref: str, minor: int = 1980) -> Outcome:
    request = PayoutRequest(
        attempt_ref=ref,
        amount=Money(minor, peer.price.currency),
        payee_account=peer.payee if not isinstance(peer, BankAccount) else "DE02120300000000202051",
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


def test_every_channel_that_pays_out_is_tried_here() -> None:
    assert {channel for channel, _ in PAYOUT_PEERS.values()} | set(BY_HAND) == PAYOUT_CHANNELS.keys()


def test_money_is_paid_once_under_one_number(payer: PayoutChannel, peer: PayoutPeer) -> None:
    ref = new_ref()

    first = _pay(payer, peer, ref)
    peer.arrived(ref)
    again = _pay(payer, peer, ref)

    assert first.status in ("pending", "succeeded")
    assert (again.status, again.amount) == ("succeeded", peer.price)
    assert again.channel_ref == (first.channel_ref or again.channel_ref)
    result = payer.query_pay_out(peer.settings, ref)
    assert (result.status, result.amount, result.channel_ref) == ("succeeded", peer.price, again.channel_ref)


def test_the_same_number_for_another_amount_pays_nothing(payer: PayoutChannel, peer: PayoutPeer) -> None:
    ref = new_ref()
    _pay(payer, peer, ref, 100)

    assert _pay(payer, peer, ref, 101).status == "unknown"
    assert payer.query_pay_out(peer.settings, ref).amount == Money(100, peer.price.currency)


def test_a_payout_can_fail(payer: PayoutChannel, peer: PayoutPeer) -> None:
    for scripted, said in peer.refusals.items():
        ref = new_ref()
        peer.script("payout", "decline", ref, scripted)

        failed = _pay(payer, peer, ref)

        assert (failed.status, failed.decline_code) == ("failed", said)
        assert payer.query_pay_out(peer.settings, ref).status in ("failed", "absent")


@pytest.mark.parametrize("way", TELLING, indirect=True)
def test_what_failed_is_notified(payer: PayoutChannel, peer: PayoutPeer) -> None:
    ref, (scripted, said) = new_ref(), next(iter(peer.refusals.items()))
    peer.script("payout", "decline", ref, scripted)

    _pay(payer, peer, ref)

    [notice] = peer.notices(1)
    parsed = payer.read_notice(peer.settings, notice.headers, notice.body)
    assert (parsed.operation, parsed.our_ref, parsed.outcome.status) == ("payout", ref, "failed")
    assert parsed.outcome.decline_code == said


def test_a_payout_can_take_its_time(payer: PayoutChannel, peer: PayoutPeer) -> None:
    ref = new_ref()
    peer.script("payout", "pending", ref)

    first = _pay(payer, peer, ref)
    if first.status == "pending":
        peer.decide_payout(ref)

    assert first.status == ("pending" if peer.waits else "succeeded")
    [notice] = peer.notices(1)
    parsed = payer.read_notice(peer.settings, notice.headers, notice.body)
    assert (parsed.operation, parsed.our_ref, parsed.outcome.status) == ("payout", ref, "succeeded")
    assert parsed.outcome.amount == peer.price


def test_money_that_arrived_can_come_back(payer: PayoutChannel, peer: PayoutPeer) -> None:
    ref = new_ref()
    _pay(payer, peer, ref)
    peer.arrived(ref)
    before = payer.query_pay_out(peer.settings, ref)

    peer.send_back(ref)

    after = payer.query_pay_out(peer.settings, ref)
    assert (before.status, after.status, after.amount) == ("succeeded", peer.back, peer.price)
    assert after.channel_ref == before.channel_ref
    parsed = [payer.read_notice(peer.settings, each.headers, each.body) for each in peer.notices(2)]
    assert {each.outcome.status for each in parsed} == {"succeeded", peer.back}
    assert len({each.external_id for each in parsed}) == 2
    assert _pay(payer, peer, ref).status == peer.back


def test_a_notice_of_a_payout_that_is_sent_again_has_its_own_number(payer: PayoutChannel, peer: PayoutPeer) -> None:
    ref = new_ref()
    peer.script("notice", "duplicate", ref, 2)
    _pay(payer, peer, ref)
    peer.arrived(ref)

    parsed = [payer.read_notice(peer.settings, each.headers, each.body) for each in peer.notices(2)]

    assert parsed[0] == parsed[1]


def test_a_forged_notice_of_a_payout_is_refused(payer: PayoutChannel, peer: PayoutPeer) -> None:
    ref = new_ref()
    _pay(payer, peer, ref)
    peer.arrived(ref)
    [notice] = peer.notices(1)

    forged = peer.forged(notice)
    with pytest.raises(NoticeRefused) as refused:
        payer.read_notice(peer.settings, forged.headers, forged.body)

    assert refused.value.code == "bad_signature"


@pytest.mark.parametrize("behavior", LOST)
def test_a_lost_payout_is_unknown_and_never_made_twice(payer: PayoutChannel, peer: PayoutPeer, behavior: str) -> None:
    ref, patient = new_ref(), peer.settings
    peer.script("payout", behavior, ref)
    peer.settings = patient | {"timeout_s": peer.impatience_s}

    lost = _pay(payer, peer, ref)

    peer.settings = patient
    peer.wait_for_script(ref)
    assert lost.status == "unknown"
    if behavior in ("timeout_after", "garbage"):
        eventually(lambda: payer.query_pay_out(peer.settings, ref).status != "absent")
    else:
        assert payer.query_pay_out(peer.settings, ref).status == "absent"
    assert _pay(payer, peer, ref).status in ("pending", "succeeded")
    peer.arrived(ref)
    assert payer.query_pay_out(peer.settings, ref).status == "succeeded"


def test_another_amount_of_a_payout_is_reported(payer: PayoutChannel, peer: PayoutPeer) -> None:
    ref = new_ref()
    peer.script(peer.amount_said_in, "wrong_amount", ref)

    said = _pay(payer, peer, ref, 100).amount or payer.query_pay_out(peer.settings, ref).amount

    assert said == Money(101, peer.price.currency)

"""Giving back: the same for every channel."""

import pytest

from app.core.money import Money
from app.domain.payments.channels.types import Channel
from tests.contracts.operations import new_ref, paid, refund, started
from tests.contracts.peers import LOST, Peer
from tests.simulator.company import eventually


def test_all_can_be_refunded(channel: Channel, peer: Peer) -> None:
    charge, ref = paid(channel, peer), new_ref()

    done = refund(channel, peer, charge, 1980, ref)

    assert (done.status, done.amount) == ("succeeded", peer.price)
    result = channel.query_refund(peer.settings, ref, charge)
    assert (result.status, result.amount, result.channel_ref) == ("succeeded", done.amount, done.channel_ref)


def test_parts_can_be_refunded_each_once(channel: Channel, peer: Peer) -> None:
    charge, ref = paid(channel, peer), new_ref()

    first = [refund(channel, peer, charge, 1000, ref) for _ in range(2)]
    rest = refund(channel, peer, charge, 980)
    more = refund(channel, peer, charge, 1)

    assert first[0].channel_ref == first[1].channel_ref
    assert (first[0].status, rest.status) == ("succeeded", "succeeded")
    assert (more.status, more.decline_code) == (
        "failed",
        peer.words.get("refund_exceeds_payment", "refund_exceeds_payment"),
    )


def test_what_was_not_paid_is_not_refunded(channel: Channel, peer: Peer) -> None:
    assert refund(channel, peer, started(channel, peer), 100).status == "failed"
    assert refund(channel, peer, new_ref(), 100).status == "failed"


def test_a_refund_can_fail(channel: Channel, peer: Peer) -> None:
    charge, ref = paid(channel, peer), new_ref()
    peer.script("refund", "decline", charge, "account_closed")

    failed = refund(channel, peer, charge, 1980, ref)

    assert (failed.status, failed.decline_code) == ("failed", "account_closed")
    notice = peer.notices(2)[1]
    parsed = channel.read_notice(peer.settings, notice.headers, notice.body)
    assert (parsed.operation, parsed.our_ref, parsed.outcome.status) == ("refund", ref, "failed")
    assert parsed.outcome.decline_code == "account_closed"


def test_a_refund_can_take_its_time(channel: Channel, peer: Peer) -> None:
    charge, ref = paid(channel, peer), new_ref()
    peer.script("refund", "pending", charge)

    waiting = refund(channel, peer, charge, 500, ref)
    peer.decide_refund(ref)

    assert waiting.status == "pending"
    assert channel.query_refund(peer.settings, ref, charge).status == "succeeded"
    notice = peer.notices(2)[1]
    parsed = channel.read_notice(peer.settings, notice.headers, notice.body)
    assert (parsed.operation, parsed.our_ref, parsed.outcome.status) == ("refund", ref, "succeeded")
    assert parsed.outcome.amount == Money(500, peer.price.currency)


@pytest.mark.parametrize("behavior", LOST)
def test_a_lost_refund_is_unknown_and_never_made_twice(channel: Channel, peer: Peer, behavior: str) -> None:
    charge, ref = paid(channel, peer), new_ref()
    peer.script("refund", behavior, charge)
    patient = peer.settings
    peer.settings = peer.settings | {"timeout_s": peer.impatience_s}

    lost = refund(channel, peer, charge, 1980, ref)

    peer.settings = patient
    peer.wait_for_script(charge)
    assert lost.status == "unknown"
    expected = "succeeded" if behavior in ("timeout_after", "garbage") else "absent"
    eventually(lambda: channel.query_refund(peer.settings, ref, charge).status == expected)
    assert refund(channel, peer, charge, 1980, ref).status == "succeeded"


def test_another_amount_of_a_refund_is_reported(channel: Channel, peer: Peer) -> None:
    charge = paid(channel, peer)
    peer.script("refund", "wrong_amount", charge)

    assert refund(channel, peer, charge, 100).amount == Money(101, peer.price.currency)

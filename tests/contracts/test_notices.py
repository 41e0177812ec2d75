"""Notices of companies: accepted only when everything fits."""

import time

import pytest

from app.core.money import Money
from app.domain.payments.channels.types import Channel, Notice, NoticeRefused
from tests.contracts.operations import paid, refund, started
from tests.contracts.peers import PEERS, Peer
from tests.simulator.company import Company, Message, Receiver

DISTRUST = "bad_signature|unknown_serial|undecipherable"


def read(channel: Channel, peer: Peer, message: Message) -> Notice:
    notice = channel.read_notice(peer.settings, message.headers, message.body)
    assert isinstance(notice, Notice)
    return notice


def test_a_notice_says_what_a_query_would_return(channel: Channel, peer: Peer) -> None:
    ref = paid(channel, peer)

    notice = read(channel, peer, peer.notices(1)[0])

    result = channel.query_payment(peer.settings, ref)
    assert (notice.operation, notice.our_ref, notice.merchant_ref) == ("charge", ref, peer.merchant_ref)
    assert (notice.outcome.status, notice.outcome.amount) == ("succeeded", peer.price)
    assert notice.outcome.channel_ref == result.channel_ref


@pytest.mark.parametrize(("ending", "status"), [("decline", "failed"), ("cancel", "cancelled")])
def test_bad_news_is_read_too(channel: Channel, peer: Peer, ending: str, status: str) -> None:
    if not peer.notifies_failure:
        return
    ref = started(channel, peer)

    getattr(peer, ending)(ref)

    assert read(channel, peer, peer.notices(1)[0]).outcome.status == status


def test_copies_are_the_same_notice(channel: Channel, peer: Peer) -> None:
    ref = started(channel, peer)
    peer.script("notice", "duplicate", ref, 10)

    peer.approve(ref)

    notices = [read(channel, peer, message) for message in peer.notices(10)]
    assert all(notice == notices[0] for notice in notices)


def test_notices_in_the_wrong_order_say_the_same(channel: Channel, peer: Peer) -> None:
    ref = started(channel, peer)
    peer.script("notice", "reorder", ref, 3600)
    peer.approve(ref)
    refund(channel, peer, ref, 100)

    notices = [read(channel, peer, message) for message in peer.notices(2)]

    assert {(notice.operation, notice.outcome.amount) for notice in notices} == {
        ("charge", peer.price),
        ("refund", Money(100, peer.price.currency)),
    }


@pytest.mark.parametrize(
    ("behavior", "value", "code"),
    [
        ("forge", None, "bad_signature"),
        ("stale", None, "stale"),
        ("stale", "1", None),
        ("wrong_merchant", None, "wrong_merchant"),
        ("garbage", "html", "malformed"),
        ("garbage", "truncated", "malformed"),
        ("garbage", "duplicate_keys", "malformed"),
        ("garbage", "float_amount", "malformed"),
        ("garbage", "not_utf8", "malformed"),
    ],
)
def test_what_does_not_fit_is_refused(
    channel: Channel, peer: Peer, behavior: str, value: str | None, code: str | None
) -> None:
    ref = started(channel, peer)
    peer.script("notice", behavior, ref, value)
    peer.approve(ref)
    message = peer.notices(1)[0]

    if code is None:
        assert read(channel, peer, message).our_ref == ref
    else:
        with pytest.raises(NoticeRefused) as refused:
            read(channel, peer, message)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("behavior", "value", "expected"),
    [("wrong_amount", None, (1981, None)), ("wrong_currency", "EUR", (1980, "EUR"))],
)
def test_another_amount_is_reported_as_received(
    channel: Channel, peer: Peer, behavior: str, value: str | None, expected: tuple[int, str | None]
) -> None:
    ref = started(channel, peer)
    peer.script("notice", behavior, ref, value)
    peer.approve(ref)

    minor, currency = expected
    result = read(channel, peer, peer.notices(1)[0]).outcome.amount
    assert result == Money(minor, currency or peer.price.currency)


def test_a_changed_byte_or_header_is_noticed(channel: Channel, peer: Peer) -> None:
    paid(channel, peer)
    message = peer.notices(1)[0]
    headers, body = message.headers, message.body

    mutants = [
        Message(headers, body[:-9] + bytes([body[-9] ^ 1]) + body[-8:]),
        Message(headers, body + b" "),
        Message(headers, b""),
        *(Message(changed, body) for changed in peer.tampered(headers)),
        Message({}, body),
    ]

    for mutant in mutants:
        with pytest.raises(NoticeRefused, match="bad_signature"):
            read(channel, peer, mutant)


def test_time_is_checked_on_both_sides(channel: Channel, peer: Peer) -> None:
    paid(channel, peer)
    body = peer.notices(1)[0].body

    for at in (time.time() - 330, time.time() + 330):
        with pytest.raises(NoticeRefused, match="stale"):
            channel.read_notice(peer.settings, peer.sign(body, int(at)), body)
    for at in (time.time() - 270, time.time() + 270):
        assert channel.read_notice(peer.settings, peer.sign(body, int(at)), body)


def test_a_field_that_is_none_of_theirs_is_refused(channel: Channel, peer: Peer) -> None:
    paid(channel, peer)

    verdicts = {oddity: _verdict(channel, peer, body) for oddity, body in peer.strange(peer.notices(1)[0])}

    assert {oddity: code for oddity, code in verdicts.items() if code != "malformed"} == {}


@pytest.mark.parametrize("body", [b"[]", b"null", b'"a"', b"{}", b"\xff", b"[" * 50_000, b"1" * 5_000, b"NaN"])
def test_no_body_makes_it_stumble(channel: Channel, peer: Peer, body: bytes) -> None:
    with pytest.raises(NoticeRefused, match="malformed"):
        channel.read_notice(peer.settings, peer.sign(body, int(time.time())), body)


def test_a_notice_of_another_account_is_refused(
    channel: Channel, peer: Peer, receiver: Receiver, pretend_pay: Company
) -> None:
    paid(channel, peer)
    stranger = PEERS[channel.name](pretend_pay, receiver)

    with pytest.raises(NoticeRefused, match=DISTRUST):
        read(channel, stranger, peer.notices(1)[0])


def test_without_a_key_nothing_is_believed(channel: Channel, peer: Peer) -> None:
    body = b"{}"

    for from_nobody in peer.keyless():
        with pytest.raises(NoticeRefused, match=DISTRUST):
            channel.read_notice(from_nobody, peer.sign(body, int(time.time())), body)


def test_both_keys_are_believed_while_they_change(channel: Channel, peer: Peer) -> None:
    ref = paid(channel, peer)
    both, new_only = peer.rotate()
    refund(channel, peer, ref, 100)
    old, new = peer.notices(2)

    for message in (old, new):
        assert channel.read_notice(both, message.headers, message.body).our_ref
    with pytest.raises(NoticeRefused, match=DISTRUST):
        channel.read_notice(peer.settings, new.headers, new.body)
    with pytest.raises(NoticeRefused, match=DISTRUST):
        channel.read_notice(new_only, old.headers, old.body)
    assert channel.query_payment(both, ref).status == "succeeded"


def test_it_is_acknowledged_with_a_success(channel: Channel) -> None:
    body, status, content_type = channel.acknowledge()

    assert 200 <= status < 300
    assert content_type or not body


def _verdict(channel: Channel, peer: Peer, body: bytes) -> str:
    try:
        channel.read_notice(peer.settings, peer.sign(body, int(time.time())), body)
    except NoticeRefused as refused:
        return refused.code
    return "believed"

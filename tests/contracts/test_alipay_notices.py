"""Alipay's notices: accepted only when everything fits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.domain.payments.channels.types import NoticeRefused
from sandbox.simulator.alipay.notices import is_acknowledged
from tests.contracts.alipay_peer import AlipayPeer, alipay, key_pair, new_ref, paid, started
from tests.simulator.company import Company, Receiver, eventually


@pytest.fixture
def peer(simulator: str) -> Iterator[AlipayPeer]:
    company = Company(simulator)
    yield AlipayPeer(company)
    company.client.close()


def test_a_notice_that_does_not_fit_is_refused(peer: AlipayPeer) -> None:
    fields = peer.fields(paid(peer))
    genuine = peer.signed_notice(fields)
    assert alipay.read_notice(peer.settings, {}, genuine).outcome.status == "succeeded"
    changed = genuine.replace(b"total_amount=19.80", b"total_amount=19.81")
    cases = {
        "forged": (changed, "bad_signature"),
        "another key": (peer.signed_notice(fields, key="stranger"), "bad_signature"),
        "our own key": (peer.signed_notice(fields, key="ours"), "bad_signature"),
        "a field more": (genuine + b"&extra=1", "bad_signature"),
        "junk in the signature": (genuine.replace(b"sign=", b"sign=%21"), "bad_signature"),
        "no signature": (genuine.split(b"&sign=")[0], "bad_signature"),
        "an old kind of signature": (peer.signed_notice(fields, sign_type="RSA"), "bad_signature"),
        "another charset": (peer.signed_notice(fields | {"charset": "gbk"}), "bad_signature"),
        "a field twice": (genuine + b"&total_amount=0.01", "malformed"),
        "a field twice in front": (b"total_amount=0.01&" + genuine, "malformed"),
        "not UTF-8": (genuine.replace(b"subject=", b"subject=%ff"), "malformed"),
        "JSON": (b'{"out_trade_no": "a"}', "malformed"),
        "nothing": (b"", "bad_signature"),
        "endless": (b"a=1&" * 100_000, "malformed"),
        "another app": (peer.signed_notice(fields | {"app_id": "2021000000000000"}), "wrong_merchant"),
        "another seller": (peer.signed_notice(fields | {"seller_id": "2088000000000000"}), "wrong_merchant"),
        "no seller": (peer.signed_notice({k: v for k, v in fields.items() if k != "seller_id"}), "wrong_merchant"),
        "a state nobody knows": (peer.signed_notice(fields | {"trade_status": "TRADE_PENDING"}), "malformed"),
        **{
            f"amount {amount!r}": (peer.signed_notice(fields | {"total_amount": amount}), "malformed")
            for amount in ("", "0.00", "-19.80", "19.8", "19.800", "19", "1e3", "+19.80", " 19.80", "１９.80", "19,80")
        },
        **{
            f"no {name}": (peer.signed_notice({k: v for k, v in fields.items() if k != name}), "malformed")
            for name in ("notify_id", "out_trade_no", "trade_no", "trade_status", "total_amount", "app_id")
        },
    }
    for case, (body, code) in cases.items():
        with pytest.raises(NoticeRefused) as refused:
            alipay.read_notice(peer.settings, {"Host": "localhost"}, body)
        assert refused.value.code == code, case


def test_the_company_can_send_bad_notices_too(peer: AlipayPeer) -> None:
    for behavior, value, code in (
        ("forge", None, "bad_signature"),
        ("wrong_merchant", "app_id", "wrong_merchant"),
        ("wrong_merchant", "seller_id", "wrong_merchant"),
        ("garbage", "duplicate_keys", "malformed"),
        ("garbage", "float_amount", "malformed"),
        ("garbage", "not_utf8", "malformed"),
        ("garbage", "truncated", None),
    ):
        ref = started(peer)
        peer.script("notice", behavior, ref, value)
        peer.decide(ref, "approve")
        with pytest.raises(NoticeRefused, match=code):
            alipay.read_notice(peer.settings, {}, peer.notices(ref)[0])


def test_copies_are_the_same_notice(peer: AlipayPeer) -> None:
    ref = started(peer)
    peer.script("notice", "duplicate", ref, 10)

    peer.decide(ref, "approve")

    notices = [alipay.read_notice(peer.settings, {}, body) for body in peer.notices(ref, 10)]
    assert all(notice == notices[0] for notice in notices)
    assert notices[0].outcome.status == "succeeded"


def test_notices_in_the_wrong_order_say_the_same(peer: AlipayPeer) -> None:
    ref = started(peer)
    peer.script("notice", "reorder", ref, 3600)
    peer.decide(ref, "approve")
    peer.wait_for_script(ref)
    alipay.refund(peer.settings, peer.refund_request(ref, 1980))

    of_refund, of_payment = (alipay.read_notice(peer.settings, {}, body) for body in peer.notices(ref, 2))

    assert (of_refund.outcome.status, of_payment.outcome.status) == ("cancelled", "succeeded")
    assert of_refund.external_id != of_payment.external_id
    # Whatever came last: the query returns that the money came, and went back.
    assert alipay.query_payment(peer.settings, ref).amount == of_payment.outcome.amount


def test_without_a_key_nothing_is_believed(peer: AlipayPeer) -> None:
    body = peer.notices(paid(peer))[0]

    for key in ("", "not a key", key_pair("theirs")[0]):
        with pytest.raises(NoticeRefused, match="bad_signature"):
            alipay.read_notice(peer.settings | {"alipay_public_key": key}, {}, body)


def test_both_of_their_keys_are_believed_while_they_change(peer: AlipayPeer) -> None:
    ref = paid(peer)
    old = peer.notices(ref)[0]
    peer.register(theirs="next")
    new_only = peer.settings | {"alipay_public_key": key_pair("next")[1]}
    both = new_only | {"previous_alipay_public_key": key_pair("theirs")[1]}
    alipay.refund(both, peer.refund_request(ref, 100))
    new = peer.notices(ref, 2)[1]

    assert [alipay.read_notice(both, {}, body).our_ref for body in (old, new)] == [ref, ref]
    with pytest.raises(NoticeRefused, match="bad_signature"):
        alipay.read_notice(new_only, {}, old)
    with pytest.raises(NoticeRefused, match="bad_signature"):
        alipay.read_notice(peer.settings, {}, new)
    assert alipay.query_payment(both, ref).status == "succeeded"
    assert alipay.query_payment(peer.settings, ref).status == "unknown"


def test_a_notice_is_repeated_until_it_is_acknowledged(peer: AlipayPeer, receiver: Receiver) -> None:
    ref = new_ref()
    receiver.word = b"success, thank you"
    peer.arrive(alipay.start_payment(peer.settings, peer.pay_request(ref, notify_url=receiver.url)))
    peer.decide(ref, "approve")
    [first] = receiver.wait(1)
    notice = eventually(lambda: peer.attempted_notice(ref))
    assert notice["state"] == "waiting"

    receiver.word = alipay.acknowledge()[0]
    peer.company.admin("POST", f"/notices/{notice['notice_id']}/send")

    assert eventually(lambda: peer.attempted_notice(ref).get("state") == "delivered")
    second = receiver.wait(2)[1]
    notices = [alipay.read_notice(peer.settings, message.headers, message.body) for message in (first, second)]
    assert notices[0] == notices[1]


def test_only_the_word_itself_acknowledges() -> None:
    body, status, _ = alipay.acknowledge()

    assert (body, status) == (b"success", 200)
    assert is_acknowledged(status, body.decode())
    assert not any(
        (
            is_acknowledged(200, "success\n"),
            is_acknowledged(200, '"success"'),
            is_acknowledged(200, ""),
            is_acknowledged(302, "success"),
        )
    )

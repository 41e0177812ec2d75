"""Alipay's channel against the pretend company speaking Alipay's protocol over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest

from app.core.money import Money
from app.domain.payments.channels.alipay import answers
from app.domain.payments.channels.alipay.channel import AlipayChannel
from app.domain.payments.channels.types import NoticeRefused, Outcome
from app.simulator.alipay.notices import is_heard
from tests.contracts.alipay_peer import PRICE, AlipayPeer, key_pair, new_ref
from tests.simulator.company import Company, eventually

alipay = AlipayChannel()
IMPATIENT = {"timeout_s": "0.3"}


@pytest.fixture
def peer(simulator: str) -> Iterator[AlipayPeer]:
    company = Company(simulator)
    yield AlipayPeer(company)
    company.client.close()


def started(peer: AlipayPeer, scene: str = "web") -> str:
    """The reference of a payment whose buyer is at Alipay's page."""
    ref = new_ref()
    peer.arrive(alipay.start_payment(peer.settings, peer.wish(ref, scene=scene)))
    return ref


def paid(peer: AlipayPeer) -> str:
    ref = started(peer)
    peer.decide(ref, "approve")
    return ref


def asked(peer: AlipayPeer, ref: str) -> Outcome:
    return alipay.query_payment(peer.settings, ref)


@pytest.mark.parametrize("scene", alipay.capabilities.scenes)
def test_each_scene_leads_to_a_paid_payment(peer: AlipayPeer, scene: str) -> None:
    ref = new_ref()

    first = alipay.start_payment(peer.settings, peer.wish(ref, scene=scene))
    before = asked(peer, ref)
    peer.arrive(first)
    waiting = asked(peer, ref)
    peer.decide(ref, "approve")
    done = asked(peer, ref)
    notice = alipay.read_notice(peer.settings, {}, peer.notices(ref)[0])

    assert (first.status, first.amount) == ("pending", PRICE)
    assert first.action
    assert first.action["type"] == ("qr" if scene == "qr" else "redirect")
    assert before.status == "absent"
    assert (waiting.status, waiting.amount) == ("pending", PRICE)
    assert (done.status, done.amount, done.channel_ref) == ("succeeded", PRICE, waiting.channel_ref)
    assert (notice.operation, notice.our_ref, notice.merchant_ref) == ("charge", ref, peer.settings["app_id"])
    assert (notice.outcome.status, notice.outcome.amount, notice.outcome.channel_ref) == (
        "succeeded",
        PRICE,
        done.channel_ref,
    )


def test_the_page_says_when_it_ends_and_where_to_go(peer: AlipayPeer) -> None:
    wish = peer.wish(new_ref(), scene="mobile")

    outcome = alipay.start_payment(peer.settings, wish)

    assert outcome.action
    address = urlsplit(outcome.action["url"])
    sent = dict(parse_qsl(address.query, strict_parsing=True))
    assert outcome.action["url"].startswith(peer.settings["base_url"] + "?")
    assert (sent["method"], sent["return_url"], sent["notify_url"]) == (
        "alipay.trade.wap.pay",
        wish.return_url,
        wish.notify_url,
    )
    assert '"total_amount":"19.80"' in sent["biz_content"]
    assert '"time_expire":"' in sent["biz_content"]


@pytest.mark.parametrize("ending", ["decline", "cancel"])
def test_what_was_not_paid_is_cancelled(peer: AlipayPeer, ending: str) -> None:
    ref = started(peer)

    peer.decide(ref, ending)

    assert asked(peer, ref).status == "cancelled"
    assert alipay.read_notice(peer.settings, {}, peer.notices(ref)[0]).outcome.status == "cancelled"


@pytest.mark.parametrize("behavior", ["timeout_after", "drop", "garbage"])
def test_a_lost_code_is_unknown_and_asked_for_again(peer: AlipayPeer, behavior: str) -> None:
    ref = new_ref()
    peer.script("create", behavior, ref)

    lost = alipay.start_payment(peer.settings | IMPATIENT, peer.wish(ref, scene="qr"))
    again = [alipay.start_payment(peer.settings, peer.wish(ref, scene="qr")) for _ in range(2)]

    assert (lost.status, lost.action) == ("unknown", None)
    assert again[0].status == "pending"
    assert again[0].action == again[1].action


@pytest.mark.parametrize(
    ("behavior", "value"),
    [
        ("timeout_before", None),
        ("http_500", None),
        ("garbage", "html"),
        ("garbage", "truncated"),
        ("garbage", "array"),
        ("garbage", "redirect"),
        ("garbage", "huge"),
    ],
)
def test_a_lost_answer_says_nothing(peer: AlipayPeer, behavior: str, value: str | None) -> None:
    ref = paid(peer)
    peer.script("query", behavior, ref, value)

    assert alipay.query_payment(peer.settings | IMPATIENT, ref).status == "unknown"
    assert asked(peer, ref).status == "succeeded"


def test_another_amount_is_reported_as_it_was_said(peer: AlipayPeer) -> None:
    ref = started(peer)
    for operation in ("query", "notice"):
        peer.script(operation, "wrong_amount", ref)
    peer.decide(ref, "approve")

    assert asked(peer, ref).amount == Money(1981, "CNY")
    assert alipay.read_notice(peer.settings, {}, peer.notices(ref)[0]).outcome.amount == Money(1981, "CNY")


def test_answers_are_believed_only_with_their_signature(peer: AlipayPeer) -> None:
    ref = paid(peer)
    stranger = peer.settings | {"alipay_public_key": key_pair("stranger")[1]}

    assert alipay.query_payment(stranger, ref).status == "unknown"
    assert alipay.close_payment(stranger, ref).status == "unknown"
    assert alipay.refund(stranger, peer.refund_wish(ref, 100)).status == "unknown"


def test_what_was_signed_is_what_is_read() -> None:
    parts, sign = answers.envelope(
        b'{ "sign" : "s", "note": "}{\\"a_response\\":", "a_response" : {"code": "10000", "x": "}\\/"} }'
    )

    assert (parts["a_response"][1], sign) == ('{"code": "10000", "x": "}\\/"}', "s")
    for bad in (
        b'{"a_response":{"code":"1"},"a_response":{"code":"2"},"sign":"s"}',
        b'{"a_response":{"code":"1","code":"2"},"sign":"s"}',
        b'{"a_response":{},"sign":7}',
        b"[]",
        b"",
        b"\xff",
        b'{"a_response":{"n":1e5',
        b"[" * 50_000,
    ):
        with pytest.raises(answers.Unreadable):
            answers.envelope(bad)


def test_settings_that_do_not_do_fail_the_start_and_leave_questions_open(peer: AlipayPeer) -> None:
    ref = paid(peer)
    wrong_settings = [
        *({name: ""} for name in ("base_url", "app_id", "seller_id", "app_private_key", "alipay_public_key")),
        {"app_private_key": "not a key"},
        {"app_private_key": key_pair("ours")[1]},
        {"alipay_public_key": key_pair("theirs")[0]},
    ]
    for change in wrong_settings:
        wrong = peer.settings | change
        for scene in ("web", "qr"):
            refused = alipay.start_payment(wrong, peer.wish(new_ref(), scene=scene))
            assert (refused.status, refused.decline_code) == ("failed", "channel_misconfigured"), change
        assert alipay.query_payment(wrong, ref).status == "unknown", change
    # These only the company can find out.
    for change in ({"app_private_key": key_pair("stranger")[0]}, {"app_id": "2021009999999999"}):
        wrong = peer.settings | change
        refused = alipay.start_payment(wrong, peer.wish(new_ref(), scene="qr"))
        assert (refused.status, refused.decline_code) == ("failed", "channel_misconfigured"), change
        assert alipay.query_payment(wrong, ref).status == "unknown", change


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://[", "ftp://127.0.0.1", "nonsense"])
def test_a_company_out_of_reach_is_no_accident(peer: AlipayPeer, address: str) -> None:
    lost = peer.settings | {"base_url": address}

    assert alipay.query_payment(lost, new_ref()).status == "unknown"
    assert alipay.start_payment(lost, peer.wish(new_ref(), scene="qr")).status == "unknown"


def test_other_currencies_and_scenes_are_refused_here(peer: AlipayPeer) -> None:
    for wish in (peer.wish(new_ref(), amount=Money(1980, "USD")), peer.wish(new_ref(), scene="app")):
        refused = alipay.start_payment(peer.settings, wish)
        assert (refused.status, refused.decline_code) == ("failed", "invalid_request")


def test_a_refused_code_has_our_word_for_it(peer: AlipayPeer) -> None:
    ref = new_ref()
    peer.script("create", "decline", ref, "ACQ.TOTAL_FEE_EXCEED")

    refused = alipay.start_payment(peer.settings, peer.wish(ref, scene="qr"))

    assert (refused.status, refused.decline_code) == ("failed", "limit_exceeded")


def test_closing_says_how_it_ended(peer: AlipayPeer) -> None:
    waiting, won, kept = started(peer), paid(peer), started(peer, "qr")
    peer.script("close", "decline", kept)

    closed = [alipay.close_payment(peer.settings, ref).status for ref in (waiting, waiting, won, kept, new_ref())]

    assert closed == ["cancelled", "cancelled", "succeeded", "pending", "absent"]
    assert asked(peer, waiting).status == "cancelled"


def test_parts_can_be_given_back_each_once(peer: AlipayPeer) -> None:
    charge, ref = paid(peer), new_ref()

    first = [alipay.refund(peer.settings, peer.refund_wish(charge, 1000, ref)) for _ in range(2)]
    rest = alipay.refund(peer.settings, peer.refund_wish(charge, 980))
    more = alipay.refund(peer.settings, peer.refund_wish(charge, 1))

    assert [(each.status, each.amount) for each in first] == [("succeeded", Money(1000, "CNY"))] * 2
    assert alipay.query_refund(peer.settings, ref, charge).amount == Money(1000, "CNY")
    assert rest.status == "succeeded"
    assert (more.status, more.decline_code) == ("failed", "refund_exceeds_payment")
    # Refunds are told as news of the trade: all of it given back looks like a closed one, which undoes nothing.
    told = [alipay.read_notice(peer.settings, {}, body) for body in peer.notices(charge, 3)]
    assert {(notice.operation, notice.our_ref, notice.outcome.amount) for notice in told} == {("charge", charge, PRICE)}
    assert {notice.outcome.status for notice in told} == {"succeeded", "cancelled"}
    assert len({notice.external_id for notice in told}) == 3


def test_a_refund_can_fail_and_be_asked_for_again(peer: AlipayPeer) -> None:
    charge, ref = paid(peer), new_ref()
    peer.script("refund", "decline", charge, "ACQ.SELLER_BALANCE_NOT_ENOUGH")

    failed = alipay.refund(peer.settings, peer.refund_wish(charge, 1980, ref))

    assert (failed.status, failed.decline_code) == ("failed", "insufficient_merchant_balance")
    assert [each.operation for each in failed.exchanges] == ["refund", "query_refund"]
    assert alipay.query_refund(peer.settings, ref, charge).status == "absent"
    assert alipay.refund(peer.settings, peer.refund_wish(charge, 1980, ref)).status == "succeeded"
    unpaid = alipay.refund(peer.settings, peer.refund_wish(started(peer), 100))
    assert (unpaid.status, unpaid.decline_code) == ("failed", "payment_not_paid")


def test_a_refund_that_waits_is_unknown_until_it_is_made(peer: AlipayPeer) -> None:
    charge, ref = paid(peer), new_ref()
    peer.script("refund", "pending", charge)

    waiting = alipay.refund(peer.settings, peer.refund_wish(charge, 500, ref))
    before = alipay.query_refund(peer.settings, ref, charge)
    peer.company.admin("POST", f"/refunds/{ref}/succeed")

    assert (waiting.status, before.status) == ("unknown", "absent")
    assert alipay.query_refund(peer.settings, ref, charge).status == "succeeded"


@pytest.mark.parametrize("behavior", ["timeout_after", "drop"])
def test_a_lost_refund_is_unknown_and_never_made_twice(peer: AlipayPeer, behavior: str) -> None:
    charge, ref = paid(peer), new_ref()
    peer.script("refund", behavior, charge)

    lost = alipay.refund(peer.settings | IMPATIENT, peer.refund_wish(charge, 1980, ref))

    assert lost.status == "unknown"
    expected = "succeeded" if behavior == "timeout_after" else "absent"
    eventually(lambda: alipay.query_refund(peer.settings, ref, charge).status == expected)
    assert alipay.refund(peer.settings, peer.refund_wish(charge, 1980, ref)).status == "succeeded"


def test_another_amount_of_a_refund_is_reported(peer: AlipayPeer) -> None:
    charge, ref = paid(peer), new_ref()
    alipay.refund(peer.settings, peer.refund_wish(charge, 100, ref))
    peer.script("query_refund", "wrong_amount", charge)

    assert alipay.query_refund(peer.settings, ref, charge).amount == Money(101, "CNY")


def test_a_notice_that_does_not_fit_is_refused(peer: AlipayPeer) -> None:
    fields = peer.fields(paid(peer))
    genuine = peer.told(fields)
    assert alipay.read_notice(peer.settings, {}, genuine).outcome.status == "succeeded"
    changed = genuine.replace(b"total_amount=19.80", b"total_amount=19.81")
    cases = {
        "forged": (changed, "bad_signature"),
        "another key": (peer.told(fields, key="stranger"), "bad_signature"),
        "our own key": (peer.told(fields, key="ours"), "bad_signature"),
        "a field more": (genuine + b"&extra=1", "bad_signature"),
        "junk in the signature": (genuine.replace(b"sign=", b"sign=%21"), "bad_signature"),
        "no signature": (genuine.split(b"&sign=")[0], "bad_signature"),
        "an old kind of signature": (peer.told(fields, sign_type="RSA"), "bad_signature"),
        "another charset": (peer.told(fields | {"charset": "gbk"}), "bad_signature"),
        "a field twice": (genuine + b"&total_amount=0.01", "malformed"),
        "a field twice in front": (b"total_amount=0.01&" + genuine, "malformed"),
        "not UTF-8": (genuine.replace(b"subject=", b"subject=%ff"), "malformed"),
        "JSON": (b'{"out_trade_no": "a"}', "malformed"),
        "nothing": (b"", "bad_signature"),
        "endless": (b"a=1&" * 100_000, "malformed"),
        "another app": (peer.told(fields | {"app_id": "2021000000000000"}), "wrong_merchant"),
        "another seller": (peer.told(fields | {"seller_id": "2088000000000000"}), "wrong_merchant"),
        "no seller": (peer.told({k: v for k, v in fields.items() if k != "seller_id"}), "wrong_merchant"),
        "a state nobody knows": (peer.told(fields | {"trade_status": "TRADE_PENDING"}), "malformed"),
        **{
            f"amount {amount!r}": (peer.told(fields | {"total_amount": amount}), "malformed")
            for amount in ("", "0.00", "-19.80", "19.8", "19.800", "19", "1e3", "+19.80", " 19.80", "１９.80", "19,80")
        },
        **{
            f"no {name}": (peer.told({k: v for k, v in fields.items() if k != name}), "malformed")
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
    alipay.refund(both, peer.refund_wish(ref, 100))
    new = peer.notices(ref, 2)[1]

    assert [alipay.read_notice(both, {}, body).our_ref for body in (old, new)] == [ref, ref]
    with pytest.raises(NoticeRefused, match="bad_signature"):
        alipay.read_notice(new_only, {}, old)
    with pytest.raises(NoticeRefused, match="bad_signature"):
        alipay.read_notice(peer.settings, {}, new)
    assert alipay.query_payment(both, ref).status == "succeeded"
    assert alipay.query_payment(peer.settings, ref).status == "unknown"


def test_our_own_key_can_change(peer: AlipayPeer) -> None:
    ref = paid(peer)
    peer.register(ours="ours, next")

    assert asked(peer, ref).status == "succeeded"
    assert alipay.query_payment(peer.settings | {"app_private_key": key_pair("ours, next")[0]}, ref).status == (
        "succeeded"
    )


def test_a_payment_of_another_app_is_absent(peer: AlipayPeer) -> None:
    ref = paid(peer)
    stranger = AlipayPeer(peer.company)

    assert alipay.query_payment(stranger.settings, ref).status == "absent"


def test_only_the_word_itself_is_heard() -> None:
    body, status, _ = alipay.acknowledge()

    assert (body, status) == (b"success", 200)
    assert is_heard(status, body.decode())
    assert not any(
        (is_heard(200, "success\n"), is_heard(200, '"success"'), is_heard(200, ""), is_heard(302, "success"))
    )


def test_the_bill_has_an_address(peer: AlipayPeer) -> None:
    url, outcome = alipay.bill_url(peer.settings, date(2026, 1, 2))

    assert url
    assert (outcome.status, outcome.exchanges[0].operation) == ("succeeded", "bill")
    assert peer.company.client.get(url).content[:2] == b"PK"


def test_every_exchange_is_kept_without_secrets(peer: AlipayPeer) -> None:
    ref = new_ref()

    outcomes = [
        alipay.start_payment(peer.settings, peer.wish(ref)),
        alipay.start_payment(peer.settings, peer.wish(ref, scene="qr")),
        asked(peer, ref),
        alipay.close_payment(peer.settings, ref),
    ]

    exchanges = [exchange for outcome in outcomes for exchange in outcome.exchanges]
    assert [exchange.operation for exchange in exchanges] == ["create", "create", "query", "close"]
    assert peer.settings["app_private_key"] not in repr(exchanges)

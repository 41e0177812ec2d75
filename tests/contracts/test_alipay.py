"""Alipay's channel against the pretend company speaking Alipay's protocol over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from app.core.money import Money
from app.domain.payments.channels.alipay import answers
from app.domain.payments.channels.types import Outcome
from sandbox.simulator.alipay import trades
from tests.contracts.alipay_peer import PRICE, AlipayPeer, alipay, key_pair, new_ref, paid, started
from tests.contracts.peers import LOST
from tests.simulator.company import Company, eventually

IMPATIENT = {"timeout_s": "0.3"}


@pytest.fixture
def peer(simulator: str) -> Iterator[AlipayPeer]:
    company = Company(simulator)
    yield AlipayPeer(company)
    company.client.close()


def queried(peer: AlipayPeer, ref: str) -> Outcome:
    return alipay.query_payment(peer.settings, ref)


@pytest.mark.parametrize("scene", alipay.capabilities.scenes)
def test_each_scene_leads_to_a_paid_payment(peer: AlipayPeer, scene: str) -> None:
    ref = new_ref()

    first = alipay.start_payment(peer.settings, peer.pay_request(ref, scene=scene))
    before = queried(peer, ref)
    peer.arrive(first)
    waiting = queried(peer, ref)
    peer.decide(ref, "approve")
    done = queried(peer, ref)
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
    pay_request = peer.pay_request(new_ref(), scene="mobile")

    outcome = alipay.start_payment(peer.settings, pay_request)

    assert outcome.action
    address = urlsplit(outcome.action["url"])
    sent = dict(parse_qsl(address.query, strict_parsing=True))
    assert outcome.action["url"].startswith(peer.settings["base_url"] + "?")
    assert (sent["method"], sent["return_url"], sent["notify_url"]) == (
        "alipay.trade.wap.pay",
        pay_request.return_url,
        pay_request.notify_url,
    )
    assert '"total_amount":"19.80"' in sent["biz_content"]
    assert '"time_expire":"' in sent["biz_content"]


@pytest.mark.parametrize("ending", ["decline", "cancel"])
def test_what_was_not_paid_is_cancelled(peer: AlipayPeer, ending: str) -> None:
    ref = started(peer)

    peer.decide(ref, ending)

    assert (queried(peer, ref).status, queried(peer, ref).means) == ("cancelled", trades.BUYER["buyer_user_id"])
    assert alipay.read_notice(peer.settings, {}, peer.notices(ref)[0]).outcome.status == "cancelled"


@pytest.mark.parametrize("behavior", LOST)
def test_a_lost_code_is_unknown_and_requested_again(peer: AlipayPeer, behavior: str) -> None:
    ref = new_ref()
    peer.script("create", behavior, ref)

    lost = alipay.start_payment(peer.settings | IMPATIENT, peer.pay_request(ref, scene="qr"))
    peer.wait_for_script(ref)
    again = [alipay.start_payment(peer.settings, peer.pay_request(ref, scene="qr")) for _ in range(2)]

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
        ("garbage", "drip"),
    ],
)
def test_a_lost_answer_says_nothing(peer: AlipayPeer, behavior: str, value: str | None) -> None:
    ref = paid(peer)
    peer.script("query", behavior, ref, value)

    assert alipay.query_payment(peer.settings | IMPATIENT, ref).status == "unknown"
    peer.wait_for_script(ref)
    assert queried(peer, ref).status == "succeeded"


def test_another_amount_is_reported_as_received(peer: AlipayPeer) -> None:
    ref = started(peer)
    for operation in ("query", "notice"):
        peer.script(operation, "wrong_amount", ref)
    peer.decide(ref, "approve")

    assert queried(peer, ref).amount == Money(1981, "CNY")
    assert alipay.read_notice(peer.settings, {}, peer.notices(ref)[0]).outcome.amount == Money(1981, "CNY")


def test_answers_are_believed_only_with_their_signature(peer: AlipayPeer) -> None:
    ref = paid(peer)
    stranger = peer.settings | {"alipay_public_key": key_pair("stranger")[1]}

    assert alipay.query_payment(stranger, ref).status == "unknown"
    assert alipay.close_payment(stranger, ref).status == "unknown"
    assert alipay.refund(stranger, peer.refund_request(ref, 100)).status == "unknown"


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
            refused = alipay.start_payment(wrong, peer.pay_request(new_ref(), scene=scene))
            assert (refused.status, refused.decline_code) == ("failed", "channel_misconfigured"), change
        assert alipay.query_payment(wrong, ref).status == "unknown", change
    # These only the company can find out.
    for change in ({"app_private_key": key_pair("stranger")[0]}, {"app_id": "2021009999999999"}):
        wrong = peer.settings | change
        refused = alipay.start_payment(wrong, peer.pay_request(new_ref(), scene="qr"))
        assert (refused.status, refused.decline_code) == ("failed", "channel_misconfigured"), change
        assert alipay.query_payment(wrong, ref).status == "unknown", change


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://[", "ftp://127.0.0.1", "nonsense"])
def test_a_company_out_of_reach_is_no_accident(peer: AlipayPeer, address: str) -> None:
    lost = peer.settings | {"base_url": address}

    assert alipay.query_payment(lost, new_ref()).status == "unknown"
    assert alipay.start_payment(lost, peer.pay_request(new_ref(), scene="qr")).status == "unknown"


def test_other_currencies_and_scenes_are_refused_here(peer: AlipayPeer) -> None:
    for pay_request in (
        peer.pay_request(new_ref(), amount=Money(1980, "USD")),
        peer.pay_request(new_ref(), scene="app"),
    ):
        refused = alipay.start_payment(peer.settings, pay_request)
        assert (refused.status, refused.decline_code) == ("failed", "invalid_request")
    dollars = replace(peer.refund_request(new_ref(), 100), amount=Money(100, "USD"))
    assert alipay.refund(peer.settings, dollars).decline_code == "invalid_request"


def test_a_refused_code_has_our_word_for_it(peer: AlipayPeer) -> None:
    ref = new_ref()
    peer.script("create", "decline", ref, "ACQ.TOTAL_FEE_EXCEED")

    refused = alipay.start_payment(peer.settings, peer.pay_request(ref, scene="qr"))

    assert (refused.status, refused.decline_code) == ("failed", "limit_exceeded")


def test_closing_returns_how_it_ended(peer: AlipayPeer) -> None:
    waiting, won, undecided = started(peer), paid(peer), started(peer, "qr")
    peer.script("close", "decline", undecided)

    closed = [alipay.close_payment(peer.settings, ref).status for ref in (waiting, waiting, won, undecided, new_ref())]

    assert closed == ["cancelled", "cancelled", "succeeded", "pending", "absent"]
    assert queried(peer, waiting).status == "cancelled"


@pytest.mark.parametrize("behavior", LOST)
def test_a_lost_closing_is_unknown_until_it_is_polled(peer: AlipayPeer, behavior: str) -> None:
    ref = started(peer)
    peer.script("close", behavior, ref)

    lost = alipay.close_payment(peer.settings | IMPATIENT, ref)

    assert lost.status == "unknown"
    peer.wait_for_script(ref)
    expected = "cancelled" if behavior in ("timeout_after", "garbage") else "pending"
    eventually(lambda: queried(peer, ref).status == expected)
    assert alipay.close_payment(peer.settings, ref).status == "cancelled"


def test_parts_can_be_refunded_each_once(peer: AlipayPeer) -> None:
    charge, ref = paid(peer), new_ref()

    first = [alipay.refund(peer.settings, peer.refund_request(charge, 1000, ref)) for _ in range(2)]
    rest = alipay.refund(peer.settings, peer.refund_request(charge, 980))
    more = alipay.refund(peer.settings, peer.refund_request(charge, 1))

    assert [(each.status, each.amount) for each in first] == [("succeeded", Money(1000, "CNY"))] * 2
    assert alipay.query_refund(peer.settings, ref, charge).amount == Money(1000, "CNY")
    assert rest.status == "succeeded"
    assert (more.status, more.decline_code) == ("failed", "refund_exceeds_payment")
    # Refunds are notified as changes of the trade: a full refund looks like a closed trade, which undoes nothing.
    notices = [alipay.read_notice(peer.settings, {}, body) for body in peer.notices(charge, 3)]
    assert {(notice.operation, notice.our_ref, notice.outcome.amount) for notice in notices} == {
        ("charge", charge, PRICE)
    }
    assert {notice.outcome.status for notice in notices} == {"succeeded", "cancelled"}
    assert len({notice.external_id for notice in notices}) == 3


def test_a_refund_can_fail_and_be_requested_again(peer: AlipayPeer) -> None:
    charge, ref = paid(peer), new_ref()
    peer.script("refund", "decline", charge, "ACQ.SELLER_BALANCE_NOT_ENOUGH")

    failed = alipay.refund(peer.settings, peer.refund_request(charge, 1980, ref))

    assert (failed.status, failed.decline_code) == ("failed", "insufficient_merchant_balance")
    assert [each.operation for each in failed.exchanges] == ["refund", "query_refund"]
    assert alipay.query_refund(peer.settings, ref, charge).status == "absent"
    assert alipay.refund(peer.settings, peer.refund_request(charge, 1980, ref)).status == "succeeded"
    unpaid = alipay.refund(peer.settings, peer.refund_request(started(peer), 100))
    assert (unpaid.status, unpaid.decline_code) == ("failed", "payment_not_paid")


def test_a_refund_that_waits_is_unknown_until_it_is_made(peer: AlipayPeer) -> None:
    charge, ref = paid(peer), new_ref()
    peer.script("refund", "pending", charge)

    waiting = alipay.refund(peer.settings, peer.refund_request(charge, 500, ref))
    before = alipay.query_refund(peer.settings, ref, charge)
    peer.company.admin("POST", f"/refunds/{ref}/succeed")

    assert (waiting.status, before.status) == ("unknown", "absent")
    assert alipay.query_refund(peer.settings, ref, charge).status == "succeeded"


@pytest.mark.parametrize("behavior", LOST)
def test_a_lost_refund_is_unknown_and_never_made_twice(peer: AlipayPeer, behavior: str) -> None:
    charge, ref = paid(peer), new_ref()
    peer.script("refund", behavior, charge)

    lost = alipay.refund(peer.settings | IMPATIENT, peer.refund_request(charge, 1980, ref))

    assert lost.status == "unknown"
    peer.wait_for_script(charge)
    expected = "succeeded" if behavior in ("timeout_after", "garbage") else "absent"
    eventually(lambda: alipay.query_refund(peer.settings, ref, charge).status == expected)
    assert alipay.refund(peer.settings, peer.refund_request(charge, 1980, ref)).status == "succeeded"


def test_another_amount_of_a_refund_is_reported(peer: AlipayPeer) -> None:
    charge, ref = paid(peer), new_ref()
    alipay.refund(peer.settings, peer.refund_request(charge, 100, ref))
    peer.script("query_refund", "wrong_amount", charge)

    assert alipay.query_refund(peer.settings, ref, charge).amount == Money(101, "CNY")


def test_our_own_key_can_change(peer: AlipayPeer) -> None:
    ref = paid(peer)
    peer.register(ours="ours, next")

    assert queried(peer, ref).status == "succeeded"
    assert alipay.query_payment(peer.settings | {"app_private_key": key_pair("ours, next")[0]}, ref).status == (
        "succeeded"
    )


def test_keys_may_be_pem_with_or_without_their_lines(peer: AlipayPeer) -> None:
    ref = paid(peer)
    for line_end in ("\n", ""):
        pem = {
            name: f"-----BEGIN {kind} KEY-----{line_end}{peer.settings[name]}{line_end}-----END {kind} KEY-----"
            for name, kind in (("app_private_key", "PRIVATE"), ("alipay_public_key", "PUBLIC"))
        }
        assert alipay.query_payment(peer.settings | pem, ref).status == "succeeded"


def test_a_payment_of_another_app_is_absent(peer: AlipayPeer) -> None:
    ref = paid(peer)
    stranger = AlipayPeer(peer.company)

    assert alipay.query_payment(stranger.settings, ref).status == "absent"


def test_every_exchange_is_kept_without_secrets(peer: AlipayPeer) -> None:
    ref = new_ref()

    outcomes = [
        alipay.start_payment(peer.settings, peer.pay_request(ref)),
        alipay.start_payment(peer.settings, peer.pay_request(ref, scene="qr")),
        queried(peer, ref),
        alipay.close_payment(peer.settings, ref),
    ]

    exchanges = [exchange for outcome in outcomes for exchange in outcome.exchanges]
    assert [exchange.operation for exchange in exchanges] == ["create", "create", "query", "close"]
    assert peer.settings["app_private_key"] not in repr(exchanges)

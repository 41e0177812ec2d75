"""Leave to deduct, and deductions: Alipay's agreements over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.payments.channels.types import (
    ContractNotice,
    ContractOutcome,
    ContractRequest,
    DeductionRequest,
    Notice,
    NoticeRefused,
    Outcome,
)
from tests.contracts.alipay_peer import NOBODY, PRICE, AlipayPeer, alipay, key_pair, new_ref
from tests.simulator.company import Company, eventually

PERIOD = "CYCLE_PAY_AUTH_P"


@pytest.fixture
def peer(simulator: str) -> Iterator[AlipayPeer]:
    company = Company(simulator)
    made = AlipayPeer(company)
    made.settings |= {"deduction_product": "GENERAL_WITHHOLDING_P", "sign_scene": "INDUSTRY|DIGITAL_MEDIA"}
    yield made
    company.client.close()


def pay_request(ref: str, **changes: Any) -> ContractRequest:
    usual: dict[str, Any] = {
        "contract_ref": ref,
        "scene": "web",
        "buyer_name": "li@example.com",
        "every_count": 1,
        "every_unit": "month",
        "first_on": date(2026, 12, 1),
        "largest": PRICE,
        "notify_url": NOBODY,
        "return_url": "http://127.0.0.1:9/back",
    }
    return ContractRequest(**(usual | changes))


def requested(peer: AlipayPeer, **changes: Any) -> str:
    """The reference of a contract whose buyer reads Alipay's page."""
    ref = show("con", new_id())
    outcome = alipay.start_contract(peer.settings, pay_request(ref, **changes))
    assert outcome.action, outcome
    answer = peer.company.client.get(outcome.action["url"])
    assert answer.status_code == 302, answer.text
    return ref


def signed(peer: AlipayPeer, **changes: Any) -> tuple[str, str]:
    """Our reference and their number of an active contract."""
    ref = requested(peer, **changes)
    peer.agree(ref)
    contract_no = alipay.query_contract(peer.settings, ref, None).contract_no
    assert contract_no
    return ref, contract_no


def take(peer: AlipayPeer, contract_no: str, ref: str | None = None, minor: int = 1980, **settings: str) -> Outcome:
    request = DeductionRequest(
        attempt_ref=ref or new_ref(),
        contract_no=contract_no,
        amount=Money(minor, "CNY"),
        subject="Gold membership, December",
        notify_url=NOBODY,
    )
    return alipay.deduct(peer.settings | settings, request)


def state(peer: AlipayPeer, ref: str, contract_no: str | None = None) -> ContractOutcome:
    return alipay.query_contract(peer.settings, ref, contract_no)


def read(peer: AlipayPeer, body: bytes) -> ContractNotice:
    notice = alipay.read_notice(peer.settings, {}, body)
    assert isinstance(notice, ContractNotice)
    return notice


def test_a_buyer_agrees_on_their_page_and_money_is_taken(peer: AlipayPeer) -> None:
    ref, charge = show("con", new_id()), new_ref()
    started = alipay.start_contract(peer.settings, pay_request(ref))
    assert started.action
    before = state(peer, ref)
    client = peer.company.client
    page = client.get(started.action["url"], follow_redirects=True)
    back = client.post(str(page.url), data={"action": "sign"})

    stands = state(peer, ref)
    assert stands.contract_no
    taken = take(peer, stands.contract_no, charge)
    again = take(peer, stands.contract_no, charge)

    assert (started.status, before.status) == ("pending", "absent")
    assert "li@example.com" in page.text
    assert (back.status_code, back.headers["Location"]) == (303, "http://127.0.0.1:9/back")
    assert stands.status == "active"
    assert stands.ends_at
    assert stands.ends_at.year == 2115
    assert (taken.status, taken.amount) == ("succeeded", PRICE)
    assert (again.status, again.amount, again.channel_ref) == ("succeeded", PRICE, taken.channel_ref)
    assert [each.operation for each in again.exchanges] == ["deduct", "query"]
    assert alipay.query_payment(peer.settings, charge).channel_ref == taken.channel_ref
    notice = alipay.read_notice(peer.settings, {}, peer.notices(charge)[0])
    assert isinstance(notice, Notice)
    assert (notice.operation, notice.our_ref, notice.outcome.status) == ("charge", charge, "succeeded")
    assert alipay.refund(peer.settings, peer.refund_request(charge, 1980)).status == "succeeded"


def test_a_phone_is_led_into_the_app(peer: AlipayPeer) -> None:
    action = alipay.start_contract(peer.settings, pay_request(show("con", new_id()), scene="mobile")).action

    assert action
    assert action["app_url"].startswith("alipays://platformapi/startapp?")
    assert unquote(action["app_url"].partition("sign_params=")[2]) == urlsplit(action["url"]).query
    assert "ALIPAYAPP" in unquote(action["url"])


def test_a_buyer_who_declines_has_agreed_to_nothing(peer: AlipayPeer) -> None:
    ref = requested(peer)

    peer.agree(ref, "decline")

    assert state(peer, ref).status == "absent"
    assert alipay.end_contract(peer.settings, ref, None).status == "absent"


def test_signing_and_ending_are_notified(peer: AlipayPeer) -> None:
    ref, contract_no = signed(peer)
    peer.agree(ref, "end")
    bodies = peer.notices(ref.replace("_", ""), 2)

    began, ended = (read(peer, body) for body in bodies)

    assert (began.our_ref, began.outcome.status, began.outcome.contract_no) == (ref, "active", contract_no)
    assert (ended.our_ref, ended.outcome.status, ended.outcome.contract_no) == (ref, "ended", contract_no)
    assert began.external_id != ended.external_id
    assert began.merchant_ref == peer.settings["app_id"]
    assert (began.event, ended.event) == ("dut_user_sign", "dut_user_unsign")


def test_a_notice_of_a_contract_must_fit(peer: AlipayPeer) -> None:
    ref, _ = signed(peer)
    fields = peer.fields(ref.replace("_", ""))
    genuine = peer.signed_notice(fields)
    assert read(peer, genuine).our_ref == ref
    cases = {
        "forged": (genuine.replace(b"NORMAL", b"UNSIGN"), "bad_signature"),
        "another key": (peer.signed_notice(fields, key="stranger"), "bad_signature"),
        "another app": (peer.signed_notice(fields | {"app_id": "2021000000000000"}), "wrong_merchant"),
        "kind and status": (peer.signed_notice(fields | {"status": "UNSIGN"}), "malformed"),
        "a status nobody knows": (peer.signed_notice(fields | {"status": "FINE"}), "malformed"),
        "about a payment": (peer.signed_notice(fields | {"notify_type": "trade_status_sync"}), "malformed"),
        "not our number": (peer.signed_notice(fields | {"external_agreement_no": "20260101000001"}), "malformed"),
        "no time": (peer.signed_notice(fields | {"invalid_time": "soon"}), "malformed"),
        "no number": (peer.signed_notice({k: v for k, v in fields.items() if k != "agreement_no"}), "malformed"),
    }
    for case, (body, code) in cases.items():
        with pytest.raises(NoticeRefused) as refused:
            alipay.read_notice(peer.settings, {}, body)
        assert refused.value.code == code, case


def test_nothing_is_taken_when_the_contract_does_not_stand(peer: AlipayPeer) -> None:
    ref, contract_no = signed(peer)
    peer.agree(ref, "pause")
    paused, refused = state(peer, ref), take(peer, contract_no)
    peer.agree(ref, "resume")
    resumed = take(peer, contract_no)

    ended = [alipay.end_contract(peer.settings, ref, contract_no).status for _ in range(2)]
    too_late = take(peer, contract_no)

    assert (paused.status, refused.status, refused.decline_code) == ("paused", "failed", "contract_paused")
    assert (resumed.status, ended, state(peer, ref, contract_no).status) == ("succeeded", ["ended", "absent"], "absent")
    assert (too_late.status, too_late.decline_code) == ("failed", "contract_ended")
    stranger = take(peer, "20260000000000000001")
    assert (stranger.status, stranger.decline_code) == ("failed", "contract_ended")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ACQ.BUYER_BALANCE_NOT_ENOUGH", ("failed", "insufficient_funds")),
        ("ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR", ("failed", "limit_exceeded")),
        ("ACQ.SYSTEM_ERROR", ("unknown", None)),
        ("ACQ.SOMETHING_NEW", ("unknown", None)),
    ],
)
def test_a_refused_deduction_has_our_word_for_it(peer: AlipayPeer, code: str, expected: tuple[str, str | None]) -> None:
    _, contract_no = signed(peer)
    ref = new_ref()
    peer.script("deduct", "decline", ref, code)

    refused = take(peer, contract_no, ref)

    assert (refused.status, refused.decline_code) == expected
    assert alipay.query_payment(peer.settings, ref).status == "absent"


@pytest.mark.parametrize("behavior", ["timeout_before", "timeout_after", "drop", "http_500", "garbage"])
def test_a_lost_deduction_is_unknown_and_never_made_twice(peer: AlipayPeer, behavior: str) -> None:
    _, contract_no = signed(peer)
    ref = new_ref()
    peer.script("deduct", behavior, ref)

    lost = take(peer, contract_no, ref, timeout_s="0.3")

    assert lost.status == "unknown"
    peer.wait_for_script(ref)
    expected = "succeeded" if behavior in ("timeout_after", "garbage") else "absent"
    eventually(lambda: alipay.query_payment(peer.settings, ref).status == expected)
    assert take(peer, contract_no, ref).status == "succeeded"
    assert alipay.query_payment(peer.settings, ref).amount == PRICE


def test_a_deduction_can_wait_for_the_buyer(peer: AlipayPeer) -> None:
    _, contract_no = signed(peer)
    ref = new_ref()
    peer.script("deduct", "pending", ref)

    waiting = take(peer, contract_no, ref)
    open_still = alipay.query_payment(peer.settings, ref)
    peer.decide(ref, "approve")

    assert (waiting.status, waiting.amount, open_still.status) == ("pending", PRICE, "pending")
    assert alipay.query_payment(peer.settings, ref).status == "succeeded"


def test_another_amount_is_reported_and_another_currency_not_requested(peer: AlipayPeer) -> None:
    _, contract_no = signed(peer)
    ref = new_ref()
    peer.script("deduct", "wrong_amount", ref)
    dollars = DeductionRequest(
        attempt_ref=new_ref(), contract_no=contract_no, amount=Money(1980, "USD"), subject="a", notify_url=NOBODY
    )

    assert take(peer, contract_no, ref).amount == Money(1981, "CNY")
    assert alipay.deduct(peer.settings, dollars).decline_code == "invalid_request"


def test_deductions_by_period_are_held_to_what_was_announced(peer: AlipayPeer) -> None:
    peer.settings["deduction_product"] = PERIOD
    _, contract_no = signed(peer, every_unit="day", every_count=7)

    within, beyond = take(peer, contract_no), take(peer, contract_no, minor=1981)

    assert within.status == "succeeded"
    assert (beyond.status, beyond.decline_code) == ("failed", "limit_exceeded")
    for change in ({"every_unit": "day", "every_count": 6}, {"first_on": date(2026, 12, 29)}, {"scene": "qr"}):
        refused = alipay.start_contract(peer.settings, pay_request(show("con", new_id()), **change))
        assert (refused.status, refused.decline_code) == ("failed", "invalid_request"), change


def test_without_a_product_no_contract_is_begun(peer: AlipayPeer) -> None:
    ref = show("con", new_id())
    for change in ({"deduction_product": ""}, {"sign_scene": ""}, {"app_private_key": "not a key"}):
        wrong = peer.settings | change
        refused = alipay.start_contract(wrong, pay_request(ref))
        assert (refused.status, refused.decline_code) == ("failed", "channel_misconfigured"), change
        assert alipay.query_contract(wrong, ref, None).status == "unknown"
    assert alipay.start_contract(peer.settings, pay_request("not a reference")).decline_code == "invalid_request"


@pytest.mark.parametrize("operation", ["query_contract", "end_contract"])
def test_a_lost_answer_about_a_contract_says_nothing(peer: AlipayPeer, operation: str) -> None:
    ref, _ = signed(peer)
    ask = getattr(alipay, operation)
    stranger = peer.settings | {"alipay_public_key": key_pair("stranger")[1]}
    peer.company.script(operation, "drop", scope="payment", out_trade_no=peer.settings["app_id"], times=1)

    lost, not_theirs = ask(peer.settings, ref, None), ask(stranger, ref, None)

    assert (lost.status, not_theirs.status) == ("unknown", "unknown")
    assert peer.settings["app_private_key"] not in repr([*lost.exchanges, *not_theirs.exchanges])

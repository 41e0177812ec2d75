"""What companies say by themselves about contracts, disputes, payouts to the bank and bills: read like any notice."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import AccountNotice, AnyNotice, Channel, ContractNotice, NoticeRefused
from tests.contracts.alipay_peer import AlipayPeer, alipay
from tests.contracts.operations import paid
from tests.contracts.peers import PEERS, Peer
from tests.simulator.company import Company, Message, Receiver

DUE = datetime(2027, 1, 15, 12, tzinfo=UTC)
MONEY = {"amount": 1980, "currency": "USD"}
# channel → what its company says: event, what it is told with, and how we read it
SAYS: dict[str, list[tuple[str, dict[str, Any], dict[str, Any]]]] = {
    "simulator": [
        ("dispute.opened", {"dispute_no": "d1", "reason": "fraudulent"} | MONEY, {"kind": "dispute", "status": "open"}),
        ("dispute.won", {"dispute_no": "d1"} | MONEY, {"kind": "dispute", "status": "won"}),
        ("dispute.lost", {"dispute_no": "d1"} | MONEY, {"kind": "dispute", "status": "lost"}),
        ("settlement.paid", {"settlement_no": "s1"} | MONEY, {"kind": "payout", "status": "paid"}),
        ("settlement.failed", {"settlement_no": "s1"} | MONEY, {"kind": "payout", "status": "failed"}),
        ("bill.ready", {"day": "2026-11-23"}, {"kind": "bill", "subject_ref": "2026-11-23"}),
    ],
    "stripe": [
        ("dispute.opened", {"dispute_no": "d1"} | MONEY, {"event": "charge.dispute.created", "subject_ref": "dp_d1"}),
        ("dispute.won", {"dispute_no": "d1"} | MONEY, {"event": "charge.dispute.closed", "status": "won"}),
        ("dispute.lost", {"dispute_no": "d1"} | MONEY, {"event": "charge.dispute.closed", "status": "lost"}),
        ("settlement.paid", {"settlement_no": "s1"} | MONEY, {"kind": "payout", "subject_ref": "po_s1"}),
        ("settlement.failed", {"settlement_no": "s1"} | MONEY, {"status": "failed", "reason": "account_closed"}),
        (
            "payment_method.detached",
            {"contract_no": "cus_1:pm_2"},
            {"kind": "payment_method", "subject_ref": "cus_1:pm_2", "status": "ended"},
        ),
    ],
    "wechatpay": [
        ("dispute.opened", {"dispute_no": "200"}, {"event": "COMPLAINT.CREATE", "subject_ref": "200"}),
        ("dispute.won", {"dispute_no": "200"}, {"event": "COMPLAINT.STATE_CHANGE", "status": "closed"}),
    ],
}
SIGNS = {"simulator": "ct1", "stripe": "cus_1:pm_2", "wechatpay": "ct1"}
CASES = [(name, *each) for name, them in SAYS.items() for each in them]


def read(channel: Channel, peer: Peer, message: Message) -> AnyNotice:
    return channel.read_notice(peer.settings, message.headers, message.body)


@pytest.fixture
def peer_of(pretend_pay: Company, receiver: Receiver) -> Any:
    return lambda name: PEERS[name](pretend_pay, receiver)


@pytest.mark.parametrize(("name", "event", "about", "expected"), CASES, ids=[f"{each[0]} {each[1]}" for each in CASES])
def test_it_is_read_as_what_it_is(
    name: str, event: str, about: dict[str, Any], expected: dict[str, Any], peer_of: Any
) -> None:
    channel, peer = registry.CHANNELS[name], peer_of(name)

    peer.tell(event, **about)
    notice = read(channel, peer, peer.notices(1)[0])

    assert isinstance(notice, AccountNotice)
    assert {key: getattr(notice, key) for key in expected} == expected
    assert notice.merchant_ref == peer.merchant_ref
    if "amount" in about:
        assert notice.amount == Money(1980, "USD")


def test_a_contract_is_signed_and_ended(channel: Channel, peer: Peer) -> None:
    ref = show("con", new_id())

    peer.tell("contract.signed", contract_no=SIGNS[channel.name], out_contract_no=ref)
    signed = read(channel, peer, peer.notices(1)[0])

    assert isinstance(signed, ContractNotice)
    assert (signed.our_ref, signed.outcome.status) == (ref, "active")
    assert signed.outcome.contract_no == SIGNS[channel.name]
    if channel.name == "stripe":  # a payment method that is gone tells it there
        return
    peer.tell("contract.ended", contract_no=SIGNS[channel.name], out_contract_no=ref)
    ended = read(channel, peer, peer.notices(2)[1])
    assert isinstance(ended, ContractNotice)
    assert (ended.our_ref, ended.outcome.status) == (ref, "ended")
    assert ended.external_id != signed.external_id


@pytest.mark.parametrize("name", ["simulator", "stripe"])
def test_a_dispute_names_its_payment_and_when_an_answer_is_due(name: str, peer_of: Any) -> None:
    channel, peer = registry.CHANNELS[name], peer_of(name)
    ref = paid(channel, peer)

    peer.tell("dispute.opened", out_trade_no=ref, due_at=DUE.isoformat(), reason="fraudulent")
    notice = read(channel, peer, peer.notices(2)[1])

    assert isinstance(notice, AccountNotice)
    assert (notice.due_at, notice.reason, notice.amount) == (DUE, "fraudulent", peer.price)
    assert notice.channel_ref == channel.query_payment(peer.settings, ref).channel_ref


@pytest.mark.parametrize(
    ("behavior", "code"), [("forge", "bad_signature"), ("stale", "stale"), ("garbage", "malformed")]
)
@pytest.mark.parametrize("event", ["contract.signed", "dispute.opened"])
def test_what_does_not_fit_is_refused(channel: Channel, peer: Peer, event: str, behavior: str, code: str) -> None:
    ref = show("con", new_id())
    # Scripts of what they say by themselves go by our number, or theirs where we have none.
    number = ref if event == "contract.signed" else "d-1"
    peer.script("notice", behavior, number)

    about = {"out_contract_no": ref, "contract_no": SIGNS[channel.name]} if number == ref else {"dispute_no": number}
    peer.tell(event, **about, **MONEY)

    with pytest.raises(NoticeRefused) as refused:
        read(channel, peer, peer.notices(1)[0])
    assert refused.value.code == code


def test_copies_are_the_same_notice(channel: Channel, peer: Peer) -> None:
    peer.script("notice", "duplicate", "d-1", 3)

    peer.tell("dispute.opened", dispute_no="d-1", **MONEY)

    notices = [read(channel, peer, message) for message in peer.notices(3)]
    assert notices[0].external_id
    assert all(notice == notices[0] for notice in notices)


def test_a_contract_that_is_not_ours_is_refused(channel: Channel, peer: Peer) -> None:
    peer.tell("contract.signed", contract_no=SIGNS[channel.name], out_contract_no="somebody-elses")

    with pytest.raises(NoticeRefused) as refused:
        read(channel, peer, peer.notices(1)[0])
    assert refused.value.code == ("not_ours" if channel.name == "stripe" else "malformed")


def test_alipay_tells_of_a_complaint(simulator: str) -> None:
    number = str(uuid.uuid4().int)[:13]
    company = Company(simulator)
    peer = AlipayPeer(company)
    about = {"merchant_id": peer.settings["app_id"], "event": "dispute.opened", "url": "http://127.0.0.1:9/nobody"}
    company.admin("POST", "/account_notices", about | {"dispute_no": number})

    [body] = peer.notices(number)
    notice = alipay.read_notice(peer.settings, {}, body)

    assert isinstance(notice, AccountNotice)
    assert (notice.kind, notice.status, notice.subject_ref) == ("dispute", "open", number)
    with pytest.raises(NoticeRefused, match="bad_signature"):
        alipay.read_notice(peer.settings, {}, body.replace(number.encode(), b"2020092300103"))
    with pytest.raises(NoticeRefused, match="wrong_merchant"):
        alipay.read_notice(peer.settings | {"app_id": "2021000000000000"}, {}, body)


def test_an_event_and_a_state_that_do_not_fit_are_refused(peer_of: Any) -> None:
    stripe, peer = registry.CHANNELS["stripe"], peer_of("stripe")
    dispute = {"object": "dispute", "id": "dp_1", "livemode": False, "status": "needs_response"}
    dispute |= {"amount": 5, "currency": "usd", "payment_intent": None}
    odd = {
        "closed and open": ("charge.dispute.closed", dispute),
        "no state": ("charge.dispute.created", dispute | {"status": "fine"}),
        "no amount": ("charge.dispute.created", dispute | {"amount": None}),
        "another object": ("charge.dispute.created", dispute | {"object": "charge"}),
        "another mode": ("charge.dispute.created", dispute | {"livemode": True}),
        "due never": ("charge.dispute.created", dispute | {"evidence_details": {"due_by": "soon"}}),
    }

    for oddity, (kind, about) in odd.items():
        body = peer.event(kind, about)
        with pytest.raises(NoticeRefused) as refused:
            stripe.read_notice(peer.settings, peer.sign(body, int(time.time())), body)
        assert refused.value.code == "malformed", oddity

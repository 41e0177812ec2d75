"""Disputes at every company: asked about, answered with evidence, accepted; whatever goes wrong is an outcome."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from app.core.money import Money
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Disputing, Evidence
from tests.contracts.alipay_peer import AlipayPeer
from tests.contracts.operations import paid
from tests.contracts.peers import PEERS, Peer
from tests.simulator.company import Company, Receiver

# Alipay’s complaints go by a test of their own: its peer is another one.
NAMES = tuple(name for name, channel in registry.CHANNELS.items() if isinstance(channel, Disputing) and name in PEERS)
MONEY_TAKEN = ("simulator", "stripe")
EVIDENCE = Evidence(explanation="The key was used.", product="A key", buyer_email="b@buyers.example", activity="x")
DUE = datetime(2027, 1, 15, 12, tzinfo=UTC)


class Case:
    """A dispute of a payment at one company; `ref` is the company's number of it."""

    def __init__(self, name: str, company: Company, receiver: Receiver) -> None:
        self.name, self.company, self.receiver = name, company, receiver
        self.channel = cast(Any, registry.CHANNELS[name])
        self.peer: Peer = PEERS[name](company, receiver)
        self.settings = self.peer.settings
        self.number = str(secrets.randbits(60))
        self.ref = f"dp_{self.number}" if name == "stripe" else self.number
        self.attempt_ref = paid(self.channel, self.peer)

    def say(self, event: str, **about: Any) -> None:
        self.peer.tell(event, dispute_no=self.number, out_trade_no=self.attempt_ref, **about)

    def query(self) -> Any:
        return self.channel.query_dispute(self.settings, self.ref)


@pytest.fixture(params=NAMES)
def case(request: pytest.FixtureRequest, pretend_pay: Company, receiver: Receiver) -> Case:
    return Case(request.param, pretend_pay, receiver)


def test_every_company_but_the_internal_ones_has_disputes() -> None:
    disputing = {name for name, channel in registry.CHANNELS.items() if isinstance(channel, Disputing)}

    assert disputing == {"simulator", "stripe", "wechatpay", "alipay"}
    assert disputing - set(NAMES) <= {"alipay"}


def test_an_open_dispute_names_its_payment_and_its_money(case: Case) -> None:
    case.say("dispute.opened", fee=1500, due_at=DUE.isoformat(), reason="fraudulent")

    found = case.query()

    takes = case.name in MONEY_TAKEN
    assert (found.status, found.kind) == ("needs_response", "dispute" if takes else "complaint")
    assert found.amount == case.peer.price
    assert found.taken_minor == (case.peer.price.minor if takes else 0)
    assert (found.fee_minor, found.due_at) == ((1500, DUE) if takes else (None, None))
    charge = case.channel.query_payment(case.settings, case.attempt_ref)
    assert found.our_ref == case.attempt_ref or found.channel_ref == charge.channel_ref
    assert found.exchanges


def test_a_won_dispute_gives_the_money_back(case: Case) -> None:
    case.say("dispute.opened")
    case.say("dispute.won")

    found = case.query()

    assert (found.status, found.taken_minor) == ("won" if case.name in MONEY_TAKEN else "closed", 0)


def test_a_lost_dispute_keeps_the_money(case: Case) -> None:
    case.say("dispute.opened")
    case.say("dispute.lost")

    found = case.query()

    takes = case.name in MONEY_TAKEN
    assert (found.status, found.taken_minor) == (("lost", case.peer.price.minor) if takes else ("closed", 0))


def test_evidence_is_reviewed_and_taken_once(case: Case) -> None:
    case.say("dispute.opened")

    reviewed = case.channel.submit_evidence(case.settings, case.ref, EVIDENCE)

    assert reviewed.status == "under_review"
    assert case.query().status == "under_review"


def test_a_decided_dispute_takes_no_evidence(case: Case) -> None:
    case.say("dispute.opened")
    case.say("dispute.lost")

    refused = case.channel.submit_evidence(case.settings, case.ref, EVIDENCE)

    assert refused.status == "failed"
    assert refused.message


def test_accepting_twice_is_accepting_once(case: Case) -> None:
    case.say("dispute.opened")

    outcomes = [case.channel.accept_dispute(case.settings, case.ref) for _ in range(2)]

    assert [each.status for each in outcomes] == ["lost" if case.name in MONEY_TAKEN else "closed"] * 2


def test_a_dispute_that_they_do_not_know_is_absent(case: Case) -> None:
    assert case.query().status == "absent"
    assert case.channel.submit_evidence(case.settings, case.ref, EVIDENCE).status == "absent"
    assert case.channel.accept_dispute(case.settings, case.ref).status == "absent"


@pytest.mark.parametrize("behavior", ["http_500", "garbage", "drop"])
@pytest.mark.parametrize("operation", ["query_dispute", "submit_evidence", "accept_dispute"])
def test_trouble_is_unknown(case: Case, operation: str, behavior: str) -> None:
    case.say("dispute.opened")
    case.peer.script(operation, behavior, case.number)
    more = (EVIDENCE,) if operation == "submit_evidence" else ()

    found = getattr(case.channel, operation)(case.settings, case.ref, *more)

    assert found.status == "unknown"
    assert found.exchanges


def test_a_balance_in_another_currency_says_only_that_the_money_is_gone() -> None:
    from app.domain.payments.channels.stripe import disputes

    moved = [{"amount": -900, "fee": 1300, "currency": "eur"}]
    about = {"object": "dispute", "id": "dp_1", "status": "needs_response", "amount": 1000, "currency": "usd"}

    found = disputes.read(about | {"balance_transactions": moved, "reason": "general"}, "dp_1")

    assert (found.amount, found.taken_minor, found.fee_minor) == (Money(1000, "USD"), 1000, None)


def test_a_complaint_at_alipay_is_read_and_answered(pretend_pay: Company) -> None:
    peer, number, alipay = AlipayPeer(pretend_pay), str(secrets.randbits(40)), cast(Any, registry.CHANNELS["alipay"])
    about = {"merchant_id": peer.settings["app_id"], "url": "http://127.0.0.1:9/nobody", "dispute_no": number}
    money = {"amount": 1980, "currency": "CNY"}
    pretend_pay.admin("POST", "/account_notices", about | {"event": "dispute.opened", "reason": "未收到商品"} | money)

    opened = alipay.query_dispute(peer.settings, number)
    answered = alipay.submit_evidence(peer.settings, number, EVIDENCE)
    accepted = alipay.accept_dispute(peer.settings, number)
    pretend_pay.admin("POST", "/account_notices", about | {"event": "dispute.lost"} | money)
    ended = alipay.query_dispute(peer.settings, number)

    assert (opened.status, opened.kind, opened.reason) == ("needs_response", "complaint", "未收到商品")
    assert (opened.amount, opened.taken_minor) == (Money(1980, "CNY"), 0)
    assert answered.status == "under_review"
    assert (accepted.status, accepted.decline_code) == ("failed", "kind_unsupported")
    assert ended.status == "closed"
    assert alipay.submit_evidence(peer.settings, number, EVIDENCE).status == "failed"

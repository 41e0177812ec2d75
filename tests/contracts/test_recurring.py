"""Leave to deduct, and deductions, at every company whose channel is `Recurring`: one suite over real HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import (
    Channel,
    ContractNotice,
    ContractOutcome,
    ContractRequest,
    DeductionRequest,
    Outcome,
    Recurring,
    RefundRequest,
)
from tests.contracts.operations import new_ref
from tests.contracts.peers import LOST
from tests.contracts.recurring_peers import RECURRING, RecurringPeer
from tests.simulator.company import Company, Receiver, eventually


class RecurringChannel(Channel, Recurring):
    """For type checkers."""


@pytest.fixture(params=sorted(RECURRING))
def peer(request: pytest.FixtureRequest, pretend_pay: Company, receiver: Receiver) -> RecurringPeer:
    return RECURRING[request.param](pretend_pay, receiver)


@pytest.fixture
def channel(peer: RecurringPeer) -> Any:
    return registry.CHANNELS[peer.name]


def contract_request(peer: RecurringPeer, ref: str, **changes: Any) -> ContractRequest:
    usual: dict[str, Any] = {
        "contract_ref": ref,
        "scene": "web",
        "buyer_name": "li@example.com",
        "every_count": 1,
        "every_unit": "month",
        "first_on": date(2026, 12, 1),
        "largest": peer.price,
        "notify_url": peer.notify_url,
        "return_url": "http://127.0.0.1:9/back",
    }
    return ContractRequest(**(usual | changes))


def started(channel: Any, peer: RecurringPeer) -> tuple[str, ContractOutcome]:
    ref = show("con", new_id())
    outcome = channel.start_contract(peer.settings, contract_request(peer, ref))
    assert outcome.status == "pending", outcome
    return ref, outcome


def signed(channel: Any, peer: RecurringPeer) -> tuple[str, str]:
    """Our reference and their number of an active contract."""
    ref, outcome = started(channel, peer)
    peer.agree(ref, outcome)
    contract_no = channel.query_contract(peer.settings, ref, None).contract_no
    assert contract_no
    return ref, contract_no


def take(
    channel: Any, peer: RecurringPeer, contract_no: str, ref: str | None = None, *, money: Money | None = None,
    **settings: str,
) -> Outcome:  # fmt: skip
    request = DeductionRequest(
        attempt_ref=ref or new_ref(),
        contract_no=contract_no,
        amount=money or peer.price,
        subject="Gold membership, December",
        notify_url=peer.notify_url,
    )
    outcome: Outcome = channel.deduct(peer.settings | settings, request)
    return outcome


def test_the_suite_knows_every_channel_that_deducts() -> None:
    deducting = {channel.name for channel in registry.CHANNELS.values() if isinstance(channel, Recurring)}
    outside = {name for name in deducting if not registry.CHANNELS[name].capabilities.is_internal}

    assert outside == set(RECURRING)
    for channel in registry.CHANNELS.values():
        assert isinstance(channel, Recurring) is ("deduction" in channel.capabilities.kinds), channel.name


def test_the_buyer_is_sent_to_agree(channel: Any, peer: RecurringPeer) -> None:
    ref, outcome = started(channel, peer)

    again = channel.start_contract(peer.settings, contract_request(peer, ref))
    before = channel.query_contract(peer.settings, ref, None)

    assert outcome.action["type"] == "redirect"
    assert again.action["url"].split("?")[0] == outcome.action["url"].split("?")[0]
    assert before.status in ("pending", "absent")


def test_a_contract_that_was_signed_is_active_until_it_ends(channel: Any, peer: RecurringPeer) -> None:
    ref, contract_no = signed(channel, peer)

    stands = [channel.query_contract(peer.settings, ref, number) for number in (None, contract_no)]
    ended = channel.end_contract(peer.settings, ref, contract_no)
    again = channel.end_contract(peer.settings, ref, contract_no)
    after = channel.query_contract(peer.settings, ref, contract_no)

    assert [(each.status, each.contract_no) for each in stands] == [("active", contract_no)] * 2
    assert (ended.status, again.status) == ("ended", "absent")
    assert after.status in ("ended", "absent")


def test_nobody_ends_what_was_never_signed(channel: Any, peer: RecurringPeer) -> None:
    unknown = show("con", new_id())

    assert channel.query_contract(peer.settings, unknown, None).status == "absent"
    assert channel.end_contract(peer.settings, unknown, None).status == "absent"


def test_money_is_taken_once(channel: Any, peer: RecurringPeer) -> None:
    _, contract_no = signed(channel, peer)
    ref = new_ref()

    taken, again = take(channel, peer, contract_no, ref), take(channel, peer, contract_no, ref)
    asked = channel.query_payment(peer.settings, ref)

    assert (taken.status, taken.amount) == ("succeeded", peer.price)
    assert taken.channel_ref
    assert (again.status, again.channel_ref) == ("succeeded", taken.channel_ref)
    assert (asked.status, asked.amount, asked.channel_ref) == ("succeeded", peer.price, taken.channel_ref)


def test_what_was_taken_is_given_back(channel: Any, peer: RecurringPeer) -> None:
    _, contract_no = signed(channel, peer)
    charge, back = new_ref(), new_ref()
    take(channel, peer, contract_no, charge)
    part = Money(480, peer.price.currency)

    request = RefundRequest(
        attempt_ref=back,
        charge_ref=charge,
        charge_amount=peer.price,
        amount=part,
        reason="asked for",
        notify_url=peer.notify_url,
    )
    refunded = channel.refund(peer.settings, request)

    assert (refunded.status, refunded.amount) == ("succeeded", part)
    assert channel.query_refund(peer.settings, back, charge).status == "succeeded"


@pytest.mark.parametrize("behavior", LOST)
def test_a_lost_deduction_is_unknown_and_never_made_twice(channel: Any, peer: RecurringPeer, behavior: str) -> None:
    _, contract_no = signed(channel, peer)
    ref = new_ref()
    peer.script("deduct", behavior, ref)

    lost = take(channel, peer, contract_no, ref, timeout_s=peer.impatience_s)

    assert lost.status == "unknown"
    peer.wait_for_script(ref)
    expected = "succeeded" if behavior in ("timeout_after", "garbage") else "absent"
    eventually(lambda: channel.query_payment(peer.settings, ref).status == expected)
    assert take(channel, peer, contract_no, ref).status == "succeeded"
    assert channel.query_payment(peer.settings, ref).amount == peer.price


def test_a_refusal_has_our_word_for_it(channel: Any, peer: RecurringPeer) -> None:
    _, contract_no = signed(channel, peer)
    ref = new_ref()
    peer.script("deduct", "decline", ref, peer.no_money)

    refused = take(channel, peer, contract_no, ref)

    assert (refused.status, refused.decline_code) == ("failed", "insufficient_funds")
    assert channel.query_payment(peer.settings, ref).status in ("failed", "absent")


@pytest.mark.parametrize("name", ["simulator", "stripe"])
def test_a_bank_may_want_the_buyer_to_confirm(name: str, pretend_pay: Company, receiver: Receiver) -> None:
    peer, channel = RECURRING[name](pretend_pay, receiver), registry.CHANNELS[name]
    _, contract_no = signed(channel, peer)
    ref = new_ref()
    peer.script("deduct", "decline", ref, "authentication_required")

    refused = take(channel, peer, contract_no, ref)

    assert (refused.status, refused.decline_code) == ("failed", "authentication_required")
    asked = channel.query_payment(peer.settings, ref)
    assert (asked.status, asked.decline_code) == ("failed", "authentication_required")


def test_nothing_is_taken_after_the_end(channel: Any, peer: RecurringPeer) -> None:
    ref, contract_no = signed(channel, peer)
    channel.end_contract(peer.settings, ref, contract_no)

    too_late = take(channel, peer, contract_no)

    assert (too_late.status, too_late.decline_code) == ("failed", "contract_ended")


def test_a_deduction_may_wait(channel: Any, peer: RecurringPeer) -> None:
    _, contract_no = signed(channel, peer)
    ref = new_ref()
    peer.script("deduct", "pending", ref)

    waiting = take(channel, peer, contract_no, ref)
    open_still = channel.query_payment(peer.settings, ref)
    peer.approve(ref)

    assert (waiting.status, open_still.status) == ("pending", "pending")
    assert channel.query_payment(peer.settings, ref).status == "succeeded"


def test_one_that_waits_can_be_closed(channel: Any, peer: RecurringPeer) -> None:
    _, contract_no = signed(channel, peer)
    ref = new_ref()
    peer.script("deduct", "pending", ref)
    take(channel, peer, contract_no, ref)

    closed = channel.close_payment(peer.settings, ref)

    assert closed.status == "cancelled"
    assert channel.query_payment(peer.settings, ref).status == "cancelled"


@pytest.mark.parametrize("operation", ["query_contract", "end_contract"])
def test_a_lost_answer_about_a_contract_says_nothing(channel: Any, peer: RecurringPeer, operation: str) -> None:
    ref, contract_no = signed(channel, peer)
    peer.script_contract(operation, "drop", ref)

    lost = getattr(channel, operation)(peer.settings, ref, contract_no)

    assert lost.status == "unknown"
    assert lost.exchanges


def test_signing_is_told(channel: Any, peer: RecurringPeer) -> None:
    ref, contract_no = signed(channel, peer)

    told: list[Any] = eventually(lambda: peer.contract_notices(ref, 1))
    notice = channel.read_notice(peer.settings, told[0].headers, told[0].body)

    assert isinstance(notice, ContractNotice)
    assert (notice.our_ref, notice.outcome.status, notice.outcome.contract_no) == (ref, "active", contract_no)


def test_without_settings_nothing_is_begun(channel: Any, peer: RecurringPeer) -> None:
    for wrong in peer.without_contracts():
        refused = channel.start_contract(wrong, contract_request(peer, show("con", new_id())))
        assert refused.status in ("failed", "unknown"), refused
        assert refused.action is None

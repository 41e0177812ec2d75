"""Paying, asking and closing: the same for every channel."""

import pytest

from app.core.money import Money
from app.domain.payments.channels.types import Channel, Outcome
from tests.contracts.operations import new_ref, pay_request, started
from tests.contracts.peers import LOST, OUTSIDE, PEERS, Peer
from tests.simulator.company import Company, Receiver, eventually

IMPATIENT = {"timeout_s": "0.3"}
GARBAGE = ("html", "truncated", "empty", "array", "redirect", "huge")


def test_every_channel_is_tried_here() -> None:
    assert set(OUTSIDE) == set(PEERS)


def test_a_channel_says_what_it_is(channel: Channel, peer: Peer) -> None:
    fields = {field.name: field for field in channel.settings_schema}

    assert len(fields) == len(channel.settings_schema)
    assert all(field.label for field in fields.values())
    assert {name for name, field in fields.items() if field.required} <= set(peer.settings)
    assert any(field.kind == "secret" for field in fields.values())
    assert channel.title
    assert channel.capabilities.scenes
    assert "charge" in channel.capabilities.kinds


def test_a_payment_is_started_once_and_paid(channel: Channel, peer: Peer) -> None:
    ref = new_ref()

    first = channel.start_payment(peer.settings, pay_request(channel, peer, ref))
    again = channel.start_payment(peer.settings, pay_request(channel, peer, ref))
    peer.approve(ref)
    result = channel.query_payment(peer.settings, ref)

    assert first.status == "pending"
    assert first.action
    assert first.amount in (None, peer.price)  # not every company repeats it
    assert (again.channel_ref, again.action) == (first.channel_ref, first.action)
    assert (result.status, result.amount) == ("succeeded", peer.price)
    assert result.channel_ref
    assert first.channel_ref in (None, result.channel_ref)


def test_each_scene_shows_the_buyer_how_to_continue(channel: Channel, peer: Peer) -> None:
    kinds = {"web": "redirect", "mobile": "redirect", "qr": "qr", "app": "app"}

    for scene in channel.capabilities.scenes:
        action = channel.start_payment(peer.settings, pay_request(channel, peer, new_ref(), scene=scene)).action
        assert action
        assert action["type"] == kinds[scene]
        assert action.get("url", "http").startswith("http")
        assert action.get("url") or action.get("params")
        assert bool(action.get("content")) is (scene == "qr")


def test_currencies_without_and_with_three_decimals_keep_their_units(channel: Channel, peer: Peer) -> None:
    can = channel.capabilities
    # Some count thousandths in tens only.
    for amount in (Money(500, "JPY"), Money(12_340, "KWD"), *peer.extremes):
        if can.currencies and amount.currency not in can.currencies:
            continue
        ref = new_ref()
        channel.start_payment(peer.settings, pay_request(channel, peer, ref, amount=amount))
        assert channel.query_payment(peer.settings, ref).amount == amount


def test_a_decline_has_our_word_for_it(channel: Channel, peer: Peer) -> None:
    ref = started(channel, peer)

    peer.decline(ref)

    result = channel.query_payment(peer.settings, ref)
    assert (result.status, result.decline_code) == (
        "failed",
        peer.words.get("insufficient_funds", "insufficient_funds"),
    )


def test_a_decline_names_the_card_or_account(channel: Channel, peer: Peer) -> None:
    first, second = started(channel, peer), started(channel, peer)

    for ref in (first, second):
        peer.decline(ref)

    assert [channel.query_payment(peer.settings, ref).means for ref in (first, second)] == ["card 0002"] * 2


def test_a_buyer_who_cancels_is_no_failure(channel: Channel, peer: Peer) -> None:
    ref = started(channel, peer)

    peer.cancel(ref)

    result = channel.query_payment(peer.settings, ref)
    assert (result.status, result.decline_code) == ("cancelled", peer.words.get("buyer_cancelled", "buyer_cancelled"))


def test_a_company_that_will_not_open_a_payment_has_refused_it(channel: Channel, peer: Peer) -> None:
    ref = new_ref()
    peer.script("create", "decline", ref)

    outcome = channel.start_payment(peer.settings, pay_request(channel, peer, ref))

    assert (outcome.status, outcome.decline_code) == ("failed", "channel_unavailable")


@pytest.mark.parametrize("behavior", LOST)
def test_a_lost_start_is_unknown_until_it_is_polled(channel: Channel, peer: Peer, behavior: str) -> None:
    ref = new_ref()
    peer.script("create", behavior, ref)

    lost = channel.start_payment(peer.settings | IMPATIENT, pay_request(channel, peer, ref))

    assert (lost.status, lost.action, lost.decline_code) == ("unknown", None, None)
    has_acted = behavior in ("timeout_after", "garbage")
    expected = "pending" if has_acted else "absent"
    # A caller who does not wait may query before the company has acted.
    peer.wait_for_script(ref)
    eventually(lambda: channel.query_payment(peer.settings, ref).status == expected)
    assert channel.start_payment(peer.settings, pay_request(channel, peer, ref)).status == "pending"


@pytest.mark.parametrize("behavior", LOST)
def test_a_lost_answer_to_a_question_says_nothing(channel: Channel, peer: Peer, behavior: str) -> None:
    ref = started(channel, peer)
    peer.approve(ref)
    peer.script("query", behavior, ref)

    assert channel.query_payment(peer.settings | IMPATIENT, ref).status == "unknown"
    peer.wait_for_script(ref)
    assert channel.query_payment(peer.settings, ref).status == "succeeded"


@pytest.mark.parametrize("kind", GARBAGE)
def test_no_garbage_is_taken_for_an_answer(channel: Channel, peer: Peer, kind: str) -> None:
    ref = started(channel, peer)
    peer.script("query", "garbage", ref, kind)

    assert channel.query_payment(peer.settings, ref).status == "unknown"


def test_an_answer_that_only_drips_is_abandoned(channel: Channel, peer: Peer) -> None:
    ref = started(channel, peer)
    peer.script("query", "garbage", ref, "drip")

    result = channel.query_payment(peer.settings | IMPATIENT, ref)

    assert result.status == "unknown"
    peer.wait_for_script(ref)
    assert channel.query_payment(peer.settings, ref).status == "pending"


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://[", "ftp://127.0.0.1", "nonsense"])
def test_a_company_out_of_reach_is_no_accident(channel: Channel, peer: Peer, address: str) -> None:
    lost = peer.settings | {"base_url": address}

    result = channel.query_payment(lost, new_ref())
    outcome = channel.start_payment(lost, pay_request(channel, peer, new_ref()))

    assert result.status == "unknown"
    assert outcome.status == "unknown"


def test_an_account_without_its_settings_fails_before_it_calls(channel: Channel, peer: Peer) -> None:
    for name in (field.name for field in channel.settings_schema if field.required):
        outcome = channel.start_payment(peer.settings | {name: ""}, pay_request(channel, peer, new_ref()))
        assert (outcome.status, outcome.decline_code) == ("failed", "channel_misconfigured")


def test_a_wrong_key_fails_the_start_and_leaves_questions_open(channel: Channel, peer: Peer) -> None:
    ref = started(channel, peer)
    wrong = peer.misconfigured()

    assert channel.query_payment(wrong, ref).status == "unknown"
    refused = channel.start_payment(wrong, pay_request(channel, peer, new_ref()))
    assert (refused.status, refused.decline_code) == ("failed", "channel_misconfigured")


@pytest.mark.parametrize(
    ("behavior", "value", "expected"),
    [("wrong_amount", None, (1981, None)), ("wrong_currency", "EUR", (1980, "EUR"))],
)
def test_another_amount_is_reported_as_received(
    channel: Channel, peer: Peer, behavior: str, value: str | None, expected: tuple[int, str | None]
) -> None:
    ref = started(channel, peer)
    peer.approve(ref)
    peer.script("query", behavior, ref, value)

    result = channel.query_payment(peer.settings, ref)

    minor, currency = expected
    assert (result.status, result.amount) == ("succeeded", Money(minor, currency or peer.price.currency))


def test_nobody_knows_what_was_never_started(channel: Channel, peer: Peer) -> None:
    assert channel.query_payment(peer.settings, new_ref()).status == "absent"
    assert channel.query_refund(peer.settings, new_ref(), new_ref()).status == "absent"


def test_a_payment_of_another_account_is_absent(
    channel: Channel, peer: Peer, receiver: Receiver, pretend_pay: Company
) -> None:
    ref = started(channel, peer)
    stranger = PEERS[channel.name](pretend_pay, receiver)

    assert channel.query_payment(stranger.settings, ref).status == "absent"


def test_closing_ends_what_nobody_paid(channel: Channel, peer: Peer) -> None:
    ref = started(channel, peer)

    closed = [channel.close_payment(peer.settings, ref).status for _ in range(2)]

    assert closed == ["cancelled", "cancelled"]
    assert channel.query_payment(peer.settings, ref).status == "cancelled"


def test_closing_too_late_returns_how_it_ended(channel: Channel, peer: Peer) -> None:
    won, lost = started(channel, peer), started(channel, peer)
    peer.approve(won)
    peer.decline(lost)

    closed: list[Outcome] = [channel.close_payment(peer.settings, ref) for ref in (won, lost)]

    assert [outcome.status for outcome in closed] == ["succeeded", "failed"]
    assert closed[0].amount == peer.price


def test_a_refused_closing_leaves_the_payment_open(channel: Channel, peer: Peer) -> None:
    ref = started(channel, peer)
    peer.script("close", "decline", ref)

    assert channel.close_payment(peer.settings, ref).status == "pending"


@pytest.mark.parametrize("behavior", LOST)
def test_a_lost_closing_is_unknown(channel: Channel, peer: Peer, behavior: str) -> None:
    ref = started(channel, peer)
    peer.script("close", behavior, ref)

    assert channel.close_payment(peer.settings | IMPATIENT, ref).status == "unknown"


def test_closing_what_was_never_started_keeps_it_from_starting(channel: Channel, peer: Peer) -> None:
    ref = new_ref()

    assert channel.close_payment(peer.settings, ref).status == "absent"
    if peer.bars_closed_numbers:
        assert channel.start_payment(peer.settings, pay_request(channel, peer, ref)).status == "cancelled"


def test_every_exchange_is_kept_without_secrets(channel: Channel, peer: Peer) -> None:
    ref = new_ref()

    outcomes = [
        channel.start_payment(peer.settings, pay_request(channel, peer, ref)),
        channel.query_payment(peer.settings, ref),
        channel.close_payment(peer.settings, ref),
    ]

    exchanges = [exchange for outcome in outcomes for exchange in outcome.exchanges]
    # Where the company's own number must be queried first, there are more.
    assert list(dict.fromkeys(exchange.operation for exchange in exchanges)) == ["create", "query", "close"]
    assert all(exchange.http_status in (200, 201, 204) for exchange in exchanges)
    secrets = [
        peer.settings[field.name] for field in channel.settings_schema if field.kind == "secret" and field.required
    ]
    assert not [secret for secret in secrets if secret in repr(exchanges)]

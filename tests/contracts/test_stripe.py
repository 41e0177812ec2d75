"""What only Stripe has: sessions found by time, keys that replay, units of their own, events about everything."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import stripe as official
from stripe.params.checkout import SessionCreateParams
from stripe.params.checkout._session_create_params import SessionCreateParamsPaymentIntentData

from app.core.ids import first_at, new_id, show
from app.core.money import Money
from app.domain.payments.channels.simulator import mapping as pretend_pay
from app.domain.payments.channels.stripe import channel as module
from app.domain.payments.channels.stripe import library, listing, mapping, reading
from app.domain.payments.channels.stripe.channel import StripeChannel
from app.domain.payments.channels.types import NoticeRefused
from app.lib.strict_json import Unreadable
from sandbox.simulator.stripe import objects
from tests.contracts.operations import new_ref, paid, pay_request, refund, started
from tests.contracts.stripe_peer import Stripe
from tests.simulator.company import Company, Message, Receiver

stripe = StripeChannel()


@pytest.fixture
def peer(simulator: str) -> Iterator[Stripe]:
    company, receiver = Company(simulator), Receiver()
    yield Stripe(company, receiver)
    receiver.close()
    company.client.close()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("rate_limit", ("failed", "channel_unavailable")),
        ("lock_timeout", ("failed", "channel_unavailable")),
        ("api_key_expired", ("failed", "channel_misconfigured")),
        ("amount_too_small", ("failed", "amount_unsupported")),
        ("something_new", ("failed", "invalid_request")),
        ("card_declined", ("failed", "declined")),
        ("idempotency_key_in_use", ("unknown", None)),
        ("idempotency_error", ("absent", None)),
        ("api_error", ("unknown", None)),
    ],
)
def test_a_no_to_a_payment_means_what_the_table_says(peer: Stripe, code: str, expected: tuple[str, str | None]) -> None:
    ref = new_ref()
    peer.script("create", "decline", ref, code)

    outcome = stripe.start_payment(peer.settings, pay_request(stripe, peer, ref))

    assert (outcome.status, outcome.decline_code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("insufficient_merchant_balance", ("failed", "insufficient_merchant_balance")),
        ("charge_disputed", ("failed", "charge_disputed")),
        ("rate_limit", ("unknown", None)),
        ("api_key_expired", ("unknown", None)),
        ("idempotency_error", ("unknown", None)),
        ("api_error", ("unknown", None)),
    ],
)
def test_a_no_to_a_refund_is_only_final_when_it_was_about_the_refund(
    peer: Stripe, code: str, expected: tuple[str, str | None]
) -> None:
    charge, ref = paid(stripe, peer), new_ref()
    peer.script("refund", "decline", charge, code)

    outcome = refund(stripe, peer, charge, 100, ref)

    assert (outcome.status, outcome.decline_code) == expected
    if expected[0] == "unknown":
        assert refund(stripe, peer, charge, 100, ref).status == "succeeded"


def test_a_no_on_the_way_to_a_refund_says_nothing_about_it(peer: Stripe) -> None:
    charge = paid(stripe, peer)

    assert refund_with(peer, charge, peer.misconfigured()).status == "unknown"


def test_a_session_begun_in_other_words_is_the_same_session(peer: Stripe) -> None:
    ref = new_ref()
    first = stripe.start_payment(peer.settings, pay_request(stripe, peer, ref))

    again = stripe.start_payment(
        peer.settings, replace(pay_request(stripe, peer, ref), return_url="http://127.0.0.1:9/x")
    )

    assert (again.status, again.action) == ("pending", first.action)
    assert '"idempotency_error"' in again.exchanges[0].response


def test_what_could_not_be_found_later_is_not_begun(peer: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    early = show("att", uuid.UUID(int=first_at(datetime.now(UTC) - timedelta(minutes=10)).int | new_id().int & 0xFFFF))

    late = stripe.start_payment(peer.settings, pay_request(stripe, peer, early))
    monkeypatch.setattr(module, "WHERE_S", ((0, -9),))
    lost = stripe.start_payment(peer.settings, pay_request(stripe, peer, new_ref()))

    assert late.status == "absent"
    assert {exchange.method for exchange in late.exchanges} == {"GET"}
    assert (lost.status, lost.action) == ("unknown", None)


def test_a_reference_without_a_time_is_not_sent_and_is_absent(peer: Stripe) -> None:
    channel = StripeChannel()
    ref = show("att", uuid.uuid5(uuid.NAMESPACE_OID, "first attempt"))

    result = channel.start_payment(peer.settings, pay_request(channel, peer, ref))
    state, closed = channel.query_payment(peer.settings, ref), channel.close_payment(peer.settings, ref)

    assert (result.status, result.decline_code, result.exchanges) == ("failed", "invalid_request", [])
    assert (state.status, closed.status) == ("absent", "absent")
    assert state.exchanges + closed.exchanges == []


def test_a_session_is_found_among_many(peer: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    refs = [started(stripe, peer) for _ in range(5)]
    monkeypatch.setattr(listing, "PAGE", 2)
    monkeypatch.setattr(module, "WHERE_S", ((300, 300),))

    results = [stripe.query_payment(peer.settings, ref) for ref in refs]

    assert [outcome.status for outcome in results] == ["pending"] * 5
    assert [len(outcome.exchanges) for outcome in results] == [3, 2, 2, 1, 1]
    monkeypatch.setattr(listing, "MAX_PAGES", 2)
    assert stripe.query_payment(peer.settings, refs[0]).status == "unknown"


def test_nothing_of_other_buyers_is_kept(peer: Stripe) -> None:
    mine, other = started(stripe, peer), started(stripe, peer)

    result = stripe.query_payment(peer.settings, mine)
    nobody = stripe.query_payment(peer.settings, new_ref())

    assert mine in result.exchanges[0].response
    assert other not in repr([*result.exchanges, *nobody.exchanges])
    assert [each.response for each in nobody.exchanges[-2:]] == ["none of 2", "none of 0"]


def test_a_call_whose_time_is_up_sends_no_more_requests(peer: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    charge = paid(stripe, peer)
    monkeypatch.setattr(library, "SLOW_ONES", 0)

    outcome = refund(stripe, peer, charge, 100)

    assert (outcome.status, outcome.message, outcome.exchanges) == ("unknown", "it takes too long", [])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Money(1980, "USD"), 1980),
        (Money(500, "JPY"), 500),
        (Money(500, "ISK"), 50_000),
        (Money(500, "UGX"), 50_000),
        (Money(12_340, "KWD"), 12_340),
        (Money(12_345, "KWD"), None),
        (Money(1, "CNY"), 1),
    ],
)
def test_amounts_go_over_in_their_units_or_not_at_all(ours: Money, theirs: int | None) -> None:
    assert mapping.units(ours) == theirs
    if theirs is not None:
        assert mapping.money(theirs, ours.currency.lower()) == ours


def test_figures_that_are_none_of_ours_are_not_rounded(peer: Stripe) -> None:
    for figure, currency in ((50_001, "isk"), (0, "usd"), (1980.0, "usd"), (True, "usd"), (1980, "USD"), (1980, "zzz")):
        with pytest.raises(Unreadable):
            mapping.money(figure, currency)
    rounded = stripe.start_payment(peer.settings, pay_request(stripe, peer, new_ref(), amount=Money(12_345, "KWD")))
    assert (rounded.status, rounded.decline_code, rounded.exchanges) == ("failed", "amount_unsupported", [])


def test_a_live_account_believes_live_answers_only(peer: Stripe) -> None:
    ref = paid(stripe, peer)
    about = peer.notices(1)[0].data["data"]["object"] | {"livemode": True}
    live = peer.settings | {"secret_key": "sk_live_0123456789", "base_url": "https://stripe.test"}
    body = peer.event("checkout.session.completed", about, livemode=True)

    notice = stripe.read_notice(live, peer.sign(body, int(time.time())), body)

    assert (notice.our_ref, notice.merchant_ref) == (ref, "live")
    assert refused(peer, body) == ("wrong_merchant", False)


def test_a_live_key_never_goes_over_an_open_line(peer: Stripe) -> None:
    live = peer.settings | {"secret_key": "rk_live_0123456789"}

    outcome = stripe.start_payment(live, pay_request(stripe, peer, new_ref()))

    assert (outcome.status, outcome.decline_code, outcome.exchanges) == ("failed", "channel_misconfigured", [])
    assert stripe.query_payment(live, new_ref()).exchanges == []


def test_the_address_may_end_as_in_their_documentation(peer: Stripe) -> None:
    ref = started(stripe, peer)

    for ending in ("/", "/v1", "/v1/"):
        assert (
            stripe.query_payment(peer.settings | {"base_url": peer.settings["base_url"] + ending}, ref).status
            == "pending"
        )


def test_notices_about_other_business_of_the_account_are_genuine_but_not_ours(peer: Stripe) -> None:
    by_hand = {"object": "refund", "id": "re_1", "amount": 5, "currency": "usd", "status": "succeeded", "metadata": {}}
    elsewhere = {"object": "checkout.session", "client_reference_id": None}

    for kind, about in (
        ("refund.created", by_hand),
        ("charge.refund.updated", by_hand | {"metadata": {"bursar_attempt": "ord_1"}}),
        ("checkout.session.completed", elsewhere),
        ("checkout.session.expired", elsewhere | {"client_reference_id": "cart-7"}),
        ("invoice.paid", {"object": "invoice", "tax_percent": 7.5}),
    ):
        assert refused(peer, peer.event(kind, about)) == ("not_ours", True), kind
    for more in ({"account": "acct_another"}, {"livemode": True}):
        assert refused(peer, peer.event("refund.created", by_hand, **more)) == ("wrong_merchant", False)


def test_while_a_secret_rolls_each_side_may_know_one_of_the_two(peer: Stripe) -> None:
    ref = started(stripe, peer)
    old, new = peer.settings, peer.roll()
    peer.approve(ref)
    message = peer.notices(1)[0]

    assert message.headers["Stripe-Signature"].count("v1=") == 2
    for settings in (old, new):
        assert stripe.read_notice(settings, message.headers, message.body).our_ref == ref


def test_what_we_ask_for_has_the_names_that_their_library_knows(peer: Stripe) -> None:
    result = stripe.start_payment(peer.settings, pay_request(stripe, peer, new_ref()))
    names = [name for name, _ in parse_qsl(result.exchanges[0].request)]
    inside = [name.split("[")[1].rstrip("]") for name in names if name.startswith("payment_intent_data")]

    assert {name.split("[")[0] for name in names} <= set(SessionCreateParams.__annotations__)
    assert set(inside) <= set(SessionCreateParamsPaymentIntentData.__annotations__)
    assert library.API_VERSION == objects.API_VERSION


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": "card_declined", "decline_code": "insufficient_funds"}, ("insufficient_funds", "insufficient_funds")),
        ({"code": "card_declined", "decline_code": "lost_card"}, ("card_blocked", "lost_card")),
        ({"code": "expired_card"}, ("expired_card", "expired_card")),
        ({"code": "something_new"}, ("declined", "something_new")),
        ({}, ("declined", None)),
        (None, ("declined", None)),
    ],
)
def test_a_bank_s_reason_has_our_word_or_that_of_its_kind(error: Any, expected: tuple[str, str | None]) -> None:
    assert reading.last_error({"last_payment_error": error}) == expected


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ({"type": "card", "card": {"fingerprint": "Xt5EWLLDS7FJjR1c"}}, "Xt5EWLLDS7FJjR1c"),
        ({"type": "us_bank_account", "us_bank_account": {"fingerprint": "b1"}}, "b1"),
        *[({"type": "card", "card": {}}, None), ({"type": "link"}, None), ({"type": ["card"]}, None), ("pm_1", None)],
        (None, None),
    ],
)
def test_a_declined_means_has_the_fingerprint_of_its_kind(method: Any, expected: str | None) -> None:
    assert reading.declined_means({"last_payment_error": {"payment_method": method}}) == expected


def test_a_bank_s_reason_has_the_word_that_other_channels_have_for_it() -> None:
    for reason, (code, decline_code) in objects.DECLINES.items():
        error = {"code": code, "decline_code": decline_code}
        word, _ = reading.last_error({"last_payment_error": error})
        assert word == pretend_pay.decline(reason), reason


def test_their_library_verifies_what_our_company_sends(peer: Stripe) -> None:
    ref = paid(stripe, peer)
    message = peer.notices(1)[0]

    event = official.Webhook.construct_event(
        message.body, message.headers["Stripe-Signature"], peer.settings["webhook_secret"]
    )

    assert event.type == "checkout.session.completed"
    assert event.data.object["client_reference_id"] == ref


def test_a_refund_that_comes_back_is_notified(peer: Stripe) -> None:
    charge, ref = paid(stripe, peer), new_ref()
    assert refund(stripe, peer, charge, 100, ref).status == "succeeded"

    peer.bounce(ref)

    notice = peer.event_of("refund.failed", 3)
    parsed = stripe.read_notice(peer.settings, notice.headers, notice.body)
    assert (parsed.our_ref, parsed.outcome.status, parsed.outcome.decline_code) == (ref, "failed", "account_closed")
    assert stripe.query_refund(peer.settings, ref, charge).status == "failed"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *((200, body) for body in ("{}", '{"object": ["a"]}', '{"object": "list", "data": [7], "has_more": false}')),
        *((200, body) for body in ('{"object": "list", "data": [], "has_more": 0}', '{"a": 1, "a": 2}', "null", "NaN")),
        (200, '{"object": "list", "has_more": false, "data": [{"object": {"a": 1}, "client_reference_id": "%s"}]}'),
        *((400, body) for body in ("{}", '{"error": "no"}', '{"error": {"type": 7}}', '{"error": {"code": []}}', "")),
        *((status, '{"error": {"type": "api_error"}}') for status in (301, 402, 409, 418, 424, 500, 503)),
    ],
)
def test_no_answer_makes_it_stumble(monkeypatch: pytest.MonkeyPatch, status: int, body: str) -> None:
    settings = {"base_url": "https://stripe.test", "secret_key": "sk_test_1"}
    ref = new_ref()

    def answered(*_: Any, **__: Any) -> httpx.Response:
        return httpx.Response(status, content=body.replace("%s", ref).encode())

    monkeypatch.setattr(library, "outbound", answered)

    asks: tuple[Callable[[], Any], ...] = (
        lambda: stripe.query_payment(settings, ref),
        lambda: stripe.close_payment(settings, ref),
        lambda: stripe.query_refund(settings, new_ref(), ref),
    )
    assert [ask().status for ask in asks] == ["unknown"] * 3


def refund_with(peer: Stripe, charge: str, settings: dict[str, str]) -> Any:
    ours, peer.settings = peer.settings, settings
    try:
        return refund(stripe, peer, charge, 100)
    finally:
        peer.settings = ours


def refused(peer: Stripe, body: bytes) -> tuple[str, bool]:
    """Why the notice counts for nothing, and whether it is genuine all the same."""
    message = Message(peer.sign(body, int(time.time())), body)
    with pytest.raises(NoticeRefused) as caught:
        stripe.read_notice(peer.settings, message.headers, message.body)
    return caught.value.code, caught.value.is_genuine

"""Stripe as a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from app.core import clock
from app.domain.payments.channels.stripe import contracts, disputes, errors, listing, mapping, payouts, reading, wire
from app.domain.payments.channels.types import (
    TIMEOUT,
    AnyNotice,
    Capabilities,
    ContractOutcome,
    ContractRequest,
    DeductionRequest,
    DisputeOutcome,
    Evidence,
    NoticeRefused,
    Outcome,
    PayoutRequest,
    PayRequest,
    RefundRequest,
    Request,
    SettingField,
    Settings,
)
from app.domain.payments.errors import Unsupported
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, text

if TYPE_CHECKING:
    from app.domain.payments.channels.stripe.library import StripeHttpClient

MAX_NAME_LENGTH = 250
# A session may be open for half an hour at least and a day at most. Counted from the reference's own time, so that the
# same request is the same to the letter whenever it is repeated.
MIN_OPEN_S, MAX_OPEN_S = 35 * 60, 24 * 3600 - 300
# Where a payment's session is looked for, in seconds around the reference's own time: the call comes right after it, so
# few are looked through as a rule; their clock may differ from ours. What could not be found later is not begun.
WHERE_S = ((3, 12), (300, 300))
LATEST_START_S = 180


class StripeChannel:
    """Stripe. It has no state; settings come with every call."""

    name = "stripe"
    title = "Stripe"
    capabilities = Capabilities(
        kinds=frozenset({"charge", "refund", "deduction", "withdrawal", "payout"}),
        payees=payouts.PAYEES.pattern,
        scenes=("web",),
        hosts={"test": ("https://api.stripe.com",), "live": ("https://api.stripe.com",)},
    )
    settings_schema: tuple[SettingField, ...] = (
        SettingField(
            name="base_url",
            label="Address",
            kind="url",
            help="https://api.stripe.com (also for Stripe’s test mode), or the URL of the simulated company.",
        ),
        SettingField(
            name="secret_key",
            label="Secret key",
            kind="secret",
            help="sk_test_… for a test business, sk_live_… for a live one. Restricted keys (rk_…) also work.",
            modes=(("sk_test_", "test"), ("rk_test_", "test"), ("sk_live_", "live"), ("rk_live_", "live")),
        ),
        SettingField(
            name="webhook_secret",
            label="Signing secret of the webhook",
            kind="secret",
            required=False,
            help="whsec_… of the endpoint you add at Stripe for this account’s notification URL. While rolling, "
            "enter the new and the old secret separated by a space.",
        ),
        TIMEOUT,
    )

    def validate_request(self, _settings: Settings, request: Request) -> None:
        """Raises Unsupported for amounts they would have to round or have no digits for."""
        if (figure := mapping.units(request.amount)) is None or figure > mapping.LARGEST:
            raise Unsupported(
                "amount_unsupported", f"Stripe has no words for this amount of {request.amount.currency}."
            )

    def start_payment(self, settings: Settings, request: PayRequest) -> Outcome:
        """Open a session of their hosted page, or get the one this reference opened."""

        def act(client: StripeHttpClient) -> Outcome:
            made = reading.made_at(request.attempt_ref)
            if made is None:
                return _not_begun("invalid_request", "the reference does not tell when it was made")
            params = _session(request, made)
            if isinstance(params, Outcome):
                return params
            if clock.real_s() > made + LATEST_START_S:
                return _on_the_way(settings, _find(client, request.attempt_ref), request.attempt_ref)
            options = {"idempotency_key": request.attempt_ref}
            try:
                answer = client.call("create", lambda v1: v1.checkout.sessions.create(params, options))
            except errors.Refused as refused:
                if refused.kind != "idempotency_error":
                    raise
                # This reference was told before in other words (another way back, say): that session counts.
                return _on_the_way(settings, _find(client, request.attempt_ref), request.attempt_ref)
            return _on_the_way(settings, answer, request.attempt_ref)

        return wire.outcome_of(settings, "create", act)

    def query_payment(self, settings: Settings, attempt_ref: str) -> Outcome:
        """What became of the payment; `absent` when they do not know it."""
        return wire.outcome_of(settings, "query", lambda client: _ended(settings, client, attempt_ref)[0])

    def close_payment(self, settings: Settings, attempt_ref: str) -> Outcome:
        """Expire the session; one that is not open any more says how it ended."""

        def act(client: StripeHttpClient) -> Outcome:
            outcome, found = _ended(settings, client, attempt_ref)
            if outcome.status == "pending" and found is not None and found.get("object") == "payment_intent":
                return contracts.cancel(settings, client, found, attempt_ref)
            if outcome.status != "pending" or found is None or found.get("status") != "open":
                return outcome
            number = text(found, "id")
            try:
                answer = client.call("close", lambda v1: v1.checkout.sessions.expire(number))
            except errors.Refused:
                return _ended(settings, client, attempt_ref)[0]
            return reading.session(settings, answer, attempt_ref)

        return wire.outcome_of(settings, "close", act)

    def refund(self, settings: Settings, request: RefundRequest) -> Outcome:
        """Give back, or find the refund this reference made: they forget an idempotency key after a day."""
        figure = mapping.units(request.amount)
        if figure is None:
            return _not_begun("amount_unsupported", "they would have to round it")

        def act(client: StripeHttpClient) -> Outcome:
            charge = _charge(settings, client, request.charge_ref)
            if charge is None:
                return _not_begun("payment_not_found", "they do not know this payment")
            if charge.status != "succeeded" or charge.channel_ref is None:
                return _not_begun("payment_not_paid", f"it is {charge.status}")
            made = _find_refund(client, charge.channel_ref, request.attempt_ref)
            if made is None:
                params = {
                    "payment_intent": charge.channel_ref,
                    "amount": figure,
                    "reason": "requested_by_customer",
                    "metadata": {reading.ATTEMPT: request.attempt_ref},
                }
                options = {"idempotency_key": request.attempt_ref}
                made = client.call("refund", lambda v1: v1.refunds.create(params, options))
            return reading.refund(made, request.attempt_ref, charge.channel_ref)

        return wire.outcome_of(settings, "refund", act)

    def query_refund(self, settings: Settings, attempt_ref: str, charge_ref: str) -> Outcome:
        """What became of the refund, found among those of its payment."""

        def act(client: StripeHttpClient) -> Outcome:
            charge = _charge(settings, client, charge_ref)
            intent = charge.channel_ref if charge else None
            made = _find_refund(client, intent, attempt_ref) if intent else None
            return reading.refund(made, attempt_ref, intent) if made else Outcome(status="absent")

        return wire.outcome_of(settings, "query_refund", act)

    def pay_out(self, settings: Settings, request: PayoutRequest) -> Outcome:
        """Transfer to the connected account, or pay out to the bank account or card of ours that the payee names."""
        return wire.outcome_of(settings, "pay_out", lambda client: payouts.pay_out(settings, client, request))

    def query_pay_out(self, settings: Settings, attempt_ref: str) -> Outcome:
        """What became of the transfer or payout; `absent` when they know none."""
        return wire.outcome_of(settings, "query_pay_out", lambda client: payouts.query(settings, client, attempt_ref))

    def start_contract(self, settings: Settings, request: ContractRequest) -> ContractOutcome:
        """Open their page where the buyer saves a card for later payments."""
        return contracts.start(settings, request)

    def query_contract(self, settings: Settings, contract_ref: str, contract_no: str | None) -> ContractOutcome:
        """Whether the card is saved still."""
        return contracts.query(settings, contract_ref, contract_no)

    def end_contract(self, settings: Settings, contract_ref: str, contract_no: str | None) -> ContractOutcome:
        """Take the card away from its owner: nothing can be deducted with it any more."""
        return contracts.end(settings, contract_ref, contract_no)

    def deduct(self, settings: Settings, request: DeductionRequest) -> Outcome:
        """Take the money off-session; `authentication_required` when the bank wants the buyer to confirm."""
        return contracts.deduct(settings, request)

    def query_dispute(self, settings: Settings, dispute_ref: str) -> DisputeOutcome:
        """How the dispute stands."""
        return disputes.query(settings, dispute_ref)

    def submit_evidence(self, settings: Settings, dispute_ref: str, evidence: Evidence) -> DisputeOutcome:
        """Put the evidence before the bank; they take it once."""
        return disputes.submit(settings, dispute_ref, evidence)

    def accept_dispute(self, settings: Settings, dispute_ref: str) -> DisputeOutcome:
        """Close it, which loses it."""
        return disputes.accept(settings, dispute_ref)

    def read_notice(self, settings: Settings, headers: Mapping[str, str], body: bytes) -> AnyNotice:
        """The event in these bytes, believed only after its signature, time, shape and mode held.

        Raises:
            NoticeRefused: `bad_signature`, `stale`, `malformed` or `wrong_merchant`.
        """
        try:
            return reading.notice(settings, headers, body)
        except Unreadable as error:
            raise NoticeRefused("malformed") from error

    def acknowledge(self) -> tuple[bytes, int, str]:
        """Any success will do."""
        return b"", 204, "text/plain"


def _not_begun(code: str, words: str) -> Outcome:
    return Outcome(status="failed", decline_code=code, message=words[:200])


def _session(request: PayRequest, made: int) -> Json | Outcome:
    """What to ask for: the same to the letter whenever the same is wanted. An outcome when it cannot be asked."""
    figure = mapping.units(request.amount)
    if request.scene not in StripeChannel.capabilities.scenes:
        return _not_begun("scene_unsupported", f"there is no scene {request.scene}")
    if figure is None:
        return _not_begun("amount_unsupported", "they would have to round it")
    expires_s = int(request.expires_at.timestamp())
    metadata = {reading.ATTEMPT: request.attempt_ref}
    payment: Json = {"metadata": metadata, "description": request.subject[:MAX_NAME_LENGTH]}
    price = {
        "currency": request.amount.currency.lower(),
        "unit_amount": figure,
        "product_data": {"name": request.subject[:MAX_NAME_LENGTH]},
    }
    params: Json = {
        "mode": "payment",
        "client_reference_id": request.attempt_ref,
        "metadata": metadata,
        "payment_intent_data": payment,
        "line_items": [{"quantity": 1, "price_data": price}],
        # Else the buyer may be shown, and charged, another currency than the order's.
        "adaptive_pricing": {"enabled": False},
        "expires_at": min(max(expires_s, made + MIN_OPEN_S), made + MAX_OPEN_S),
        "success_url": request.return_url,
        "cancel_url": request.return_url,
    }
    return params


def _on_the_way(settings: Settings, found: Json | None, ref: str) -> Outcome:
    """The outcome of a session with the buyer's way to it, as long as there is one."""
    if found is None:
        return Outcome(status="absent")
    outcome = reading.session(settings, found, ref)
    if found["status"] != "open":
        return outcome
    created, made = found.get("created"), reading.made_at(ref)
    before, after = WHERE_S[-1]
    if type(created) is not int or made is None or not made - before < created < made + after:
        raise Unreadable("it would not be found again: their clock and ours are too far apart")
    url = text(found, "url")
    if not url.startswith(("https://", "http://")):
        raise Unreadable("url is no address")
    return replace(outcome, action={"type": "redirect", "url": url})


def _ended(settings: Settings, client: StripeHttpClient, ref: str) -> tuple[Outcome, Json | None]:
    """What became of the payment, and its session; of a deduction, its PaymentIntent."""
    found = _find(client, ref)
    if found is None:
        deducted = contracts.find(client, "query", ref)
        return (reading.intent(settings, deducted, ref) if deducted else Outcome(status="absent")), deducted
    intent = None
    if reading.states(found) == ("complete", "unpaid"):
        number = text(found, "payment_intent")
        intent = client.call("query", lambda v1: v1.payment_intents.retrieve(number))
        if text(intent, "id") != number:
            raise Unreadable("it refers to another payment")
    return reading.session(settings, found, ref, intent), found


def _charge(settings: Settings, client: StripeHttpClient, ref: str) -> Outcome | None:
    """What a refund gives back of: a payment on their page, or a deduction."""
    found = _find(client, ref)
    if found is not None:
        return reading.session(settings, found, ref)
    deducted = contracts.find(client, "query", ref)
    return reading.intent(settings, deducted, ref) if deducted is not None else None


def _find(client: StripeHttpClient, ref: str) -> Json | None:
    """The session of our reference among those made about when the reference was. They were never told of one that does
    not say when."""
    made = reading.made_at(ref)
    if made is None:
        return None

    def is_it(session: Json) -> bool:
        return session.get("client_reference_id") == ref

    for before, after in WHERE_S:
        params: Json = {"created": {"gte": made - before, "lte": made + after}, "limit": listing.PAGE}
        found = listing.first(client, "query", partial(_list_sessions, params), params, is_it)
        if found is not None:
            return found
    return None


def _list_sessions(params: Json, v1: Any) -> object:
    return v1.checkout.sessions.list(params)


def _find_refund(client: StripeHttpClient, intent: str, ref: str) -> Json | None:
    """The refund of our reference among those of the payment."""
    params: Json = {"payment_intent": intent, "limit": listing.PAGE}

    def is_it(refund: Json) -> bool:
        return reading.reference(refund) == ref

    return listing.first(client, "query_refund", lambda v1: v1.refunds.list(params), params, is_it)

"""Saved payment methods at Stripe: signed on their hosted page (a Checkout Session in `setup` mode), used off-session
by PaymentIntents. Their number of a contract is the owner and the payment method, `cus_…:pm_…`: a deduction names both.

As with payments, a session or PaymentIntent of ours is found among those made about when our reference was.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from app.core.ids import made_at, try_parse
from app.domain.payments.channels.stripe import account_events, errors, listing, mapping, reading, wire
from app.domain.payments.channels.types import (
    ContractOutcome,
    ContractRequest,
    DeductionRequest,
    Outcome,
    Settings,
)
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, optional_text, text

if TYPE_CHECKING:
    from app.domain.payments.channels.stripe.library import StripeHttpClient

MAX_NAME_LENGTH = 250
OPEN_S = 23 * 3600
AROUND_S = 300  # their clock may differ from ours
GONE = ("resource_missing", "payment_method_unexpected_state", "payment_method_customer_decline")


def start(settings: Settings, request: ContractRequest) -> ContractOutcome:
    """Open a page where the buyer saves a card, or get the one this reference opened."""

    def act(client: StripeHttpClient) -> ContractOutcome:
        made = _made_at(request.contract_ref, "con")
        if made is None:
            return ContractOutcome(status="failed", decline_code="invalid_request", message="no contract's reference")
        metadata = {account_events.CONTRACT: request.contract_ref}
        params = {
            "mode": "setup",
            "client_reference_id": request.contract_ref,
            "metadata": metadata,
            "setup_intent_data": {"metadata": metadata},
            "currency": request.largest.currency.lower(),
            "customer_creation": "always",
            "expires_at": made + OPEN_S,
            "success_url": request.return_url,
            "cancel_url": request.return_url,
        }
        options = {"idempotency_key": request.contract_ref}
        try:
            found = client.call("start_contract", lambda v1: v1.checkout.sessions.create(params, options))
        except errors.Refused as refused:
            if refused.kind != "idempotency_error":
                raise
            known = _session(client, "start_contract", request.contract_ref)
            if known is None:
                return ContractOutcome(status="absent")
            found = known
        _check_session(settings, found, request.contract_ref)
        if found.get("status") != "open":
            return ContractOutcome(status="unknown", message="the page is not open any more")
        return ContractOutcome(status="pending", action={"type": "redirect", "url": _address(found)})

    return _contract(settings, "start_contract", act)


def query(settings: Settings, ref: str, contract_no: str | None) -> ContractOutcome:
    """How it stands; `absent` when nobody saved a card, or it was taken away."""

    def act(client: StripeHttpClient) -> ContractOutcome:
        return _stands(settings, client, "query_contract", ref, contract_no)

    return _contract(settings, "query_contract", act)


def end(settings: Settings, ref: str, contract_no: str | None) -> ContractOutcome:
    """Take the card away; `absent` when there was none."""

    def act(client: StripeHttpClient) -> ContractOutcome:
        known = _stands(settings, client, "end_contract", ref, contract_no)
        if known.status != "active" or known.contract_no is None:
            return replace(known, status="absent")
        _, method = _parts(known.contract_no)
        client.call("end_contract", lambda v1: v1.payment_methods.detach(method))
        return ContractOutcome(status="ended", contract_no=known.contract_no)

    return _contract(settings, "end_contract", act)


def deduct(settings: Settings, request: DeductionRequest) -> Outcome:
    """Take the money off-session, or find what this reference took."""
    figure = mapping.units(request.amount)
    if figure is None or not account_events.NUMBER.fullmatch(request.contract_no):
        return Outcome(status="failed", decline_code="invalid_request", message="they have no words for it")

    def act(client: StripeHttpClient) -> Outcome:
        known = find(client, "deduct", request.attempt_ref)
        if known is not None:
            return reading.intent(settings, known, request.attempt_ref)
        owner, method = _parts(request.contract_no)
        params = {
            "amount": figure,
            "currency": request.amount.currency.lower(),
            "customer": owner,
            "payment_method": method,
            "off_session": True,
            "confirm": True,
            "description": request.subject[:MAX_NAME_LENGTH],
            "metadata": {reading.ATTEMPT: request.attempt_ref, reading.DEDUCTION: "yes"},
        }
        options = {"idempotency_key": request.attempt_ref}
        try:
            made = client.call("deduct", lambda v1: v1.payment_intents.create(params, options))
        except errors.Refused as refused:
            if refused.code in GONE or refused.code.startswith("payment_method_"):
                return Outcome(status="failed", decline_code="contract_ended", message=refused.words)
            if refused.kind == "card_error":
                return _declined(settings, client, request.attempt_ref, refused)
            raise
        return reading.intent(settings, made, request.attempt_ref)

    return wire.outcome_of(settings, "deduct", act)


def find(client: StripeHttpClient, operation: str, ref: str) -> Json | None:
    """The PaymentIntent by which this reference deducted, among those made about when the reference was."""
    made = _made_at(ref, "att")
    if made is None:
        return None
    # Told again later, it is still found: from the reference's own time on.
    params: Json = {"created": {"gte": made - AROUND_S}, "limit": listing.PAGE}

    def is_it(found: Json) -> bool:
        metadata = found.get("metadata")
        return isinstance(metadata, dict) and reading.DEDUCTION in metadata and reading.reference(found) == ref

    return listing.first(client, operation, lambda v1: v1.payment_intents.list(params), params, is_it)


def cancel(settings: Settings, client: StripeHttpClient, data: Json, ref: str) -> Outcome:
    """Cancel a deduction that waits; one that does not any more says how it ended."""
    known = reading.intent(settings, data, ref)
    if known.status != "pending":
        return known
    number = text(data, "id")
    try:
        answer = client.call("close", lambda v1: v1.payment_intents.cancel(number))
    except errors.Refused:
        again = find(client, "close", ref)
        return reading.intent(settings, again, ref) if again is not None else Outcome(status="absent")
    return reading.intent(settings, answer, ref)


def _declined(settings: Settings, client: StripeHttpClient, ref: str, refused: errors.Refused) -> Outcome:
    """They keep what was declined: its number and reason are asked for."""
    known = find(client, "deduct", ref)
    if known is not None:
        return reading.intent(settings, known, ref)
    code = mapping.OFF_SESSION.get(refused.code, mapping.decline(refused.kind, refused.code))
    return Outcome(status="failed", decline_code=code, message=refused.words)


def _stands(
    settings: Settings, client: StripeHttpClient, operation: str, ref: str, contract_no: str | None
) -> ContractOutcome:
    if contract_no is None:
        found = _session(client, operation, ref)
        if found is None:
            return ContractOutcome(status="absent")
        _check_session(settings, found, ref)
        if found.get("status") == "open":
            return ContractOutcome(status="pending", action={"type": "redirect", "url": _address(found)})
        if found.get("status") != "complete":
            return ContractOutcome(status="absent")
        number = text(found, "setup_intent")
        setup = client.call(operation, lambda v1: v1.setup_intents.retrieve(number))
        if setup.get("object") != "setup_intent" or account_events.contract_ref(setup) != ref:
            raise Unreadable("it refers to another contract")
        if text(setup, "status") != "succeeded":
            return ContractOutcome(status="pending")
        contract_no = account_events.number(text(setup, "customer"), text(setup, "payment_method"))
    owner, method = _parts(contract_no)
    try:
        saved = client.call(operation, lambda v1: v1.payment_methods.retrieve(method))
    except errors.Refused as refused:
        if refused.code != "resource_missing":
            raise
        return ContractOutcome(status="absent")
    if saved.get("object") != "payment_method" or text(saved, "id") != method:
        raise Unreadable("it refers to another payment method")
    is_kept = optional_text(saved, "customer") == owner
    return ContractOutcome(status="active" if is_kept else "absent", contract_no=contract_no)


def _session(client: StripeHttpClient, operation: str, ref: str) -> Json | None:
    made = _made_at(ref, "con")
    if made is None:
        return None
    params: Json = {"created": {"gte": made - AROUND_S, "lte": made + AROUND_S}, "limit": listing.PAGE}

    def is_it(found: Json) -> bool:
        return found.get("client_reference_id") == ref

    return listing.first(client, operation, partial(_list_sessions, params), params, is_it)


def _list_sessions(params: Json, v1: Any) -> object:
    return v1.checkout.sessions.list(params)


def _check_session(settings: Settings, found: Json, ref: str) -> None:
    if found.get("object") != "checkout.session" or found.get("livemode") is not wire.is_live(settings):
        raise Unreadable("no checkout.session of this mode")
    if found.get("client_reference_id") != ref or found.get("mode") != "setup":
        raise Unreadable("it has another reference")


def _address(found: Json) -> str:
    url = text(found, "url")
    if not url.startswith(("https://", "http://")):
        raise Unreadable("url is no address")
    return url


def _parts(contract_no: str) -> tuple[str, str]:
    """Owner and payment method. Raises Unreadable."""
    found = account_events.NUMBER.fullmatch(contract_no)
    if found is None:
        raise Unreadable("no number of a contract")
    return found[1], found[2]


def _made_at(ref: str, prefix: str) -> int | None:
    known = try_parse(ref, prefix)
    made = made_at(known) if known is not None else None
    return int(made.timestamp()) if made is not None else None


def _contract(settings: Settings, operation: str, act: Any) -> ContractOutcome:
    """What `act` finds, with every exchange it took; whatever happens out there is an outcome."""
    found: list[ContractOutcome] = []

    def asked(client: StripeHttpClient) -> Outcome:
        found.append(act(client))
        return Outcome(status="succeeded")

    answer = wire.outcome_of(settings, operation, asked)
    if found and answer.status == "succeeded":
        return replace(found[0], exchanges=answer.exchanges)
    return ContractOutcome(
        status="failed" if answer.status == "failed" else "absent" if answer.status == "absent" else "unknown",
        decline_code=answer.decline_code,
        message=answer.message,
        exchanges=answer.exchanges,
    )

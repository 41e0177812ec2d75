"""Stripe's objects and events as outcomes. Raises Unreadable for what does not fit: another number, state or mode."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, NamedTuple

from app.core import clock, ids
from app.core.ids import try_parse
from app.domain.payments.channels.stripe import account_events, mapping, wire
from app.domain.payments.channels.types import (
    AccountNotice,
    AnyNotice,
    ContractNotice,
    Notice,
    NoticeRefused,
    Outcome,
    Settings,
)
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, optional_text, read_object, text

Operation = Literal["charge", "refund", "payout"]
DEDUCTION = "bursar_deduction"  # marks a PaymentIntent that no session stands before
ATTEMPT = "bursar_attempt"  # the name of our reference among the metadata
TOLERANCE_S = 300
MAX_SECRETS = 4  # one, two while it rolls, and some for whoever has several endpoints
SIGNATURE = re.compile(r"t=([1-9][0-9]{0,11})(?:,v[0-9]+=[0-9a-f]+)+")


class Numbers(NamedTuple):
    """The event's own number, and the mode that stands for the account."""

    external_id: str
    merchant_ref: str


def made_at(ref: str) -> int | None:
    """The second in which we made this reference; None for one that does not tell, which they are never told."""
    known = try_parse(ref, "att")
    made = ids.made_at(known) if known is not None else None
    return int(made.timestamp()) if made is not None else None


def session(settings: Settings, data: Json, ref: str, intent: Json | None = None) -> Outcome:
    """What became of the payment `ref`; `intent` is the payment of a session that is complete and unpaid."""
    _check(data, "checkout.session", settings)
    if text(data, "client_reference_id") != ref or data.get("mode") != "payment":
        raise Unreadable("it has another reference")
    status = mapping.SESSION.get(states(data))
    if status is None:
        raise Unreadable("unknown state")
    amount = mapping.money(data.get("amount_total"), data.get("currency"))
    number, code, words, means = optional_text(data, "payment_intent"), None, None, None
    if status == "succeeded" and number is None:
        raise Unreadable("paid by nothing")
    if intent is not None and intent.get("status") in mapping.INTENT_FAILED:
        status, (code, words), means = "failed", last_error(intent), declined_means(intent)
    return Outcome(status=status, amount=amount, channel_ref=number, decline_code=code, message=words, means=means)


def states(data: Json) -> tuple[str, str]:
    """Status and payment status of a session."""
    return text(data, "status"), text(data, "payment_status")


def refund(data: Json, ref: str, intent: str | None = None) -> Outcome:
    """What became of the refund `ref`; `intent` is the payment it must belong to, when that is known."""
    if data.get("object") != "refund" or reference(data) != ref:
        raise Unreadable("it has another reference")
    if intent is not None and text(data, "payment_intent") != intent:
        raise Unreadable("it refers to another payment")
    status = mapping.REFUND.get(text(data, "status"))
    if status is None:
        raise Unreadable("unknown state")
    reason = optional_text(data, "failure_reason")
    return Outcome(
        status=status,
        amount=mapping.money(data.get("amount"), data.get("currency")),
        channel_ref=text(data, "id"),
        decline_code=mapping.REFUND_FAILURES.get(reason or "", "declined") if status == "failed" else None,
        message=reason,
    )


def transfer(settings: Settings, data: Json, ref: str) -> Outcome:
    """What became of the transfer `ref`: the money is there as soon as there is one, and back when it was reversed."""
    _check(data, "transfer", settings)
    if (
        reference(data) != ref
        or data.get("transfer_group") not in (ref, None)
        or type(data.get("reversed")) is not bool
    ):
        raise Unreadable("it has another reference")
    return Outcome(
        status="returned" if data["reversed"] else "succeeded",
        amount=mapping.money(data.get("amount"), data.get("currency")),
        channel_ref=text(data, "id"),
        message="reversed" if data["reversed"] else None,
    )


def payout(settings: Settings, data: Json, ref: str) -> Outcome:
    """What became of the payout `ref` to a bank account."""
    _check(data, "payout", settings)
    if reference(data) != ref:
        raise Unreadable("it has another reference")
    status = mapping.PAYOUT.get(text(data, "status"))
    if status is None:
        raise Unreadable("unknown state")
    reason = optional_text(data, "failure_code")
    return Outcome(
        status=status,
        amount=mapping.money(data.get("amount"), data.get("currency")),
        channel_ref=text(data, "id"),
        decline_code=mapping.PAYOUT_FAILURES.get(reason or "", "declined") if status == "failed" else None,
        message=reason,
    )


def intent(settings: Settings, data: Json, ref: str) -> Outcome:
    """What became of the deduction `ref`, which is a PaymentIntent without a session."""
    _check(data, "payment_intent", settings)
    if reference(data) != ref:
        raise Unreadable("it has another reference")
    status = mapping.INTENT.get(text(data, "status"))
    if status is None:
        raise Unreadable("unknown state")
    code, words = last_error(data) if status == "failed" else (None, None)
    return Outcome(
        status=status,
        amount=mapping.money(data.get("amount"), data.get("currency")),
        channel_ref=text(data, "id"),
        decline_code=mapping.OFF_SESSION.get(words or "", code),
        message=words,
        means=declined_means(data) if status == "failed" else None,
    )


def reference(data: Json) -> str | None:
    """Our reference in the metadata of an object; None for what was not made by us."""
    metadata = data.get("metadata")
    if not isinstance(metadata, dict):
        raise Unreadable("metadata is missing")
    return optional_text(metadata, ATTEMPT)


def rows(page: Json) -> list[Json]:
    """The objects of one page of a list."""
    data = page.get("data")
    if page.get("object") != "list" or not isinstance(data, list) or type(page.get("has_more")) is not bool:
        raise Unreadable("not a list")
    if not all(isinstance(row, dict) for row in data):
        raise Unreadable("not a list of objects")
    return data


def notice(settings: Settings, headers: Mapping[str, str], body: bytes) -> AnyNotice:
    """The event in these bytes, believed only after signature, time, shape and mode held.

    Raises:
        NoticeRefused: `bad_signature`, `stale` or `wrong_merchant`, or `not_ours` for what this channel neither asks
            for nor makes use of: an account tells of all its business, also of refunds by hand in their dashboard.
        Unreadable: anything else about it.
    """
    _verify(settings, headers, body)
    event = read_object(body, keep_fractions=True)
    if event.get("object") != "event" or type(event.get("livemode")) is not bool:
        raise Unreadable("not an event")
    # `account` names the account of somebody else who is connected to this one; we know of none.
    if event["livemode"] is not wire.is_live(settings) or event.get("account") is not None:
        raise NoticeRefused("wrong_merchant")
    holder = event.get("data")
    about = holder.get("object") if isinstance(holder, dict) else None
    if not isinstance(holder, dict) or not isinstance(about, dict):
        raise Unreadable("an event about nothing")
    kind, numbers = text(event, "type"), Numbers(text(event, "id"), "live" if event["livemode"] else "test")
    other = _of_account(settings, kind, about, before=holder, numbers=numbers)
    if other is not None:
        return other
    operation, ref, outcome = _event(settings, kind, about)
    return Notice(
        external_id=numbers.external_id,
        operation=operation,
        our_ref=ref,
        merchant_ref=numbers.merchant_ref,
        outcome=outcome,
    )


def _of_account(
    settings: Settings, kind: str, about: Json, *, before: Json, numbers: Numbers
) -> ContractNotice | AccountNotice | None:
    """What is about none of our movements; None when it is."""
    named = numbers._asdict()
    if kind in account_events.SETUP or kind == account_events.SETUP_FAILED:
        _check(about, "setup_intent", settings)
        found = account_events.setup(kind, about, **named)
        if found is None:
            raise NoticeRefused("not_ours", is_genuine=True)
        return found
    if kind in account_events.DISPUTES:
        _check(about, "dispute", settings)
        return account_events.dispute(kind, about, **named)
    if kind == account_events.DETACHED:
        _check(about, "payment_method", settings)
        earlier = before.get("previous_attributes")
        return account_events.detached(kind, about, earlier if isinstance(earlier, dict) else {}, **named)
    if kind in mapping.PAYOUT_EVENTS and try_parse(reference(about) or "", "att") is None:
        _check(about, "payout", settings)
        return account_events.payout(kind, about, **named)
    return None


def _event(settings: Settings, kind: str, about: Json) -> tuple[Operation, str, Outcome]:
    if kind in mapping.SESSION_EVENTS:
        ref = _ours(optional_text(about, "client_reference_id"))
        outcome = session(settings, about, ref)
        if states(about) not in mapping.SESSION_EVENTS[kind]:
            raise Unreadable("event and state do not fit")
        if kind.endswith("async_payment_failed"):
            # The reason is with the payment, which the event does not bring along.
            outcome = replace(outcome, status="failed", decline_code="declined")
        return "charge", ref, outcome
    if kind in mapping.INTENT_EVENTS:
        metadata = about.get("metadata")
        if not isinstance(metadata, dict) or DEDUCTION not in metadata:
            raise NoticeRefused("not_ours", is_genuine=True)  # a try on their page: its session tells the end
        ref = _ours(reference(about))
        outcome = intent(settings, about, ref)
        if text(about, "status") != mapping.INTENT_EVENTS[kind]:
            raise Unreadable("event and state do not fit")
        return "charge", ref, outcome
    if kind in mapping.REFUND_EVENTS:
        ref = _ours(reference(about))
        outcome = refund(about, ref)
        if kind == "refund.failed" and outcome.status != "failed":
            raise Unreadable("event and state do not fit")
        return "refund", ref, outcome
    if kind in mapping.TRANSFER_EVENTS:
        ref = _ours(reference(about))
        outcome = transfer(settings, about, ref)
        return "payout", ref, outcome
    if kind in mapping.PAYOUT_EVENTS:
        ref = _ours(reference(about))
        outcome, fitting = payout(settings, about, ref), mapping.PAYOUT_EVENTS[kind]
        if fitting is not None and text(about, "status") not in fitting:
            raise Unreadable("event and state do not fit")
        return "payout", ref, outcome
    raise NoticeRefused("not_ours", is_genuine=True)


def _ours(ref: str | None) -> str:
    if ref is None or try_parse(ref, "att") is None:
        raise NoticeRefused("not_ours", is_genuine=True)
    return ref


def _verify(settings: Settings, headers: Mapping[str, str], body: bytes) -> None:
    from app.domain.payments.channels.stripe import library

    header = next((value for name, value in headers.items() if name.lower() == "stripe-signature"), "")
    shape = SIGNATURE.fullmatch(header)
    known = settings.get("webhook_secret", "").split()[:MAX_SECRETS]
    if shape is None or not any(library.is_signed(secret, header, body) for secret in known):
        raise NoticeRefused("bad_signature")
    # Their library minds the past only; what is signed for later could be kept and told then.
    if abs(clock.real_s() - int(shape[1])) > TOLERANCE_S:
        raise NoticeRefused("stale")


def _check(data: Json, kind: str, settings: Settings) -> None:
    if data.get("object") != kind:
        raise Unreadable(f"no {kind}")
    if data.get("livemode") is not wire.is_live(settings):
        raise Unreadable("it is of another mode")


def declined_means(intent: Json) -> str | None:
    """The fingerprint of the card, or of the bank account, with which the payment did not come about."""
    error = intent.get("last_payment_error")
    method = error.get("payment_method") if isinstance(error, dict) else None
    kind = method.get("type") if isinstance(method, dict) else None
    about = method.get(kind) if isinstance(method, dict) and isinstance(kind, str) else None
    return optional_text(about, "fingerprint") if isinstance(about, dict) else None


def last_error(intent: Json) -> tuple[str, str | None]:
    """Our word and theirs for why the payment did not come about."""
    error = intent.get("last_payment_error")
    if not isinstance(error, dict):
        return "declined", None
    code = optional_text(error, "code") or ""
    reason = optional_text(error, "decline_code") or code
    return mapping.decline(code, reason), reason or None

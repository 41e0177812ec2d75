"""Money that leaves through Stripe: a transfer to a connected account (`acct_…`), or a payout to one of the account's
own bank accounts or debit cards (`ba_…`, `card_…`).

A transfer is found by its `transfer_group`, which is our reference. Payouts have no such field: they are looked through
from the time at which our reference was made, and told apart by their metadata. What a connected account pays out by
itself is its own business: that money has left ours.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from app.domain.payments.channels.stripe import errors, listing, mapping, reading
from app.domain.payments.channels.types import Outcome, PayoutRequest, Settings
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, text

if TYPE_CHECKING:
    from app.domain.payments.channels.stripe.library import StripeHttpClient

CONNECTED = "acct_"
PAYEES = re.compile(r"(?:acct|ba|card)_[A-Za-z0-9]{1,100}")
MAX_DESCRIPTION_LENGTH = 250
CLOCKS_DIFFER_S = 300


def pay_out(settings: Settings, client: StripeHttpClient, request: PayoutRequest) -> Outcome:
    """Pay, or find what this reference paid: they forget an idempotency key after a day."""
    figure, ref = mapping.units(request.amount), request.attempt_ref
    if figure is None or not PAYEES.fullmatch(request.payee_account):
        return Outcome(status="failed", decline_code="invalid_request", message="they have no words for it")
    is_transfer = request.payee_account.startswith(CONNECTED)
    params: Json = {
        "amount": figure,
        "currency": request.amount.currency.lower(),
        "destination": request.payee_account,
        "metadata": {reading.ATTEMPT: ref},
        "description": request.reason[:MAX_DESCRIPTION_LENGTH] or "payout",
    }
    known = (_find_transfer if is_transfer else _find_payout)(client, "query_pay_out", ref)
    if known is not None:
        if any(known.get(name) != params[name] for name in ("amount", "currency", "destination")):
            raise Unreadable("this reference paid another amount or another account")
        return _read(settings, known, ref)
    options = {"idempotency_key": ref}
    try:
        if is_transfer:
            params["transfer_group"] = ref
            made = client.call("pay_out", lambda v1: v1.transfers.create(params, options))
        else:
            made = client.call("pay_out", lambda v1: v1.payouts.create(params, options))
    except errors.Refused as refused:
        if refused.code in mapping.PAYEE_REFUSED:
            return Outcome(status="failed", decline_code="payee_rejected", message=refused.words)
        raise
    return _read(settings, made, ref)


def query(settings: Settings, client: StripeHttpClient, ref: str) -> Outcome:
    """What became of it; `absent` when they know neither a transfer nor a payout of this reference."""
    found = _find_transfer(client, "query_pay_out", ref) or _find_payout(client, "query_pay_out", ref)
    return _read(settings, found, ref) if found is not None else Outcome(status="absent")


def _read(settings: Settings, data: Json, ref: str) -> Outcome:
    is_transfer = data.get("object") == "transfer"
    return (reading.transfer if is_transfer else reading.payout)(settings, data, ref)


def _find_transfer(client: StripeHttpClient, operation: str, ref: str) -> Json | None:
    params: Json = {"transfer_group": ref, "limit": listing.PAGE}
    return listing.first(client, operation, lambda v1: v1.transfers.list(params), params, partial(_is_of, ref))


def _find_payout(client: StripeHttpClient, operation: str, ref: str) -> Json | None:
    made = reading.made_at(ref)
    if made is None:
        return None
    params: Json = {"created": {"gte": made - CLOCKS_DIFFER_S}, "limit": listing.PAGE}
    return listing.first(client, operation, lambda v1: v1.payouts.list(params), params, partial(_is_of, ref))


def _is_of(ref: str, found: Json) -> bool:
    text(found, "id")
    return reading.reference(found) == ref

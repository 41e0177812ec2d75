"""The outcome of an operation at Stripe: whatever happens out there is an outcome."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.payments.channels.stripe import mapping
from app.domain.payments.channels.stripe.errors import NoAnswer, Refused
from app.domain.payments.channels.types import Outcome, Settings, Status

if TYPE_CHECKING:
    from app.domain.payments.channels.stripe.library import StripeHttpClient

REQUIRED = ("base_url", "secret_key")
KEY = re.compile(r"(?:sk|rk)_(test|live)_[A-Za-z0-9_]+")


def outcome_of(settings: Settings, operation: str, act: Callable[[StripeHttpClient], Outcome]) -> Outcome:
    """The outcome of `act`, with every exchange it took."""
    wrong = misconfiguration(settings)
    if wrong is not None:
        # A payment that was not begun has failed, of all others nobody knows.
        begins = operation in ("create", "start_contract", "deduct")
        status: Status = "failed" if begins else "unknown"
        return Outcome(status=status, decline_code="channel_misconfigured", message=wrong)
    from app.domain.payments.channels.stripe.library import StripeHttpClient

    try:
        client = StripeHttpClient(settings)
    except ValueError as error:
        return Outcome(status="unknown", message=str(error)[:200])
    try:
        outcome = act(client)
    except Refused as refused:
        is_about_it = client.operation == operation  # a no to a question on the way there says nothing
        status = mapping.refusal(operation, refused.kind, refused.code) if is_about_it else "unknown"
        code = mapping.decline(refused.kind, refused.code) if status == "failed" else None
        outcome = Outcome(status=status, decline_code=code, message=refused.words)
    except NoAnswer as error:
        outcome = Outcome(status="unknown", message=str(error)[:200])
    except ValueError as error:  # Unreadable, and addresses that are none
        outcome = Outcome(status="unknown", message=f"unusable response: {error}"[:200])
    return replace(outcome, exchanges=client.exchanges)


def misconfiguration(settings: Settings) -> str | None:
    """What is wrong with the settings, in words; None when they can be used."""
    missing = [name for name in REQUIRED if not settings.get(name)]
    if missing:
        return f"{missing[0]} is missing"
    if not KEY.fullmatch(settings["secret_key"]):
        return "the secret key is none of sk_… or rk_…"
    if is_live(settings) and not settings["base_url"].startswith("https://"):
        return "a live key is not sent over an open line"
    return None


def is_live(settings: Settings) -> bool:
    """The mode of the account, as its key names it."""
    found = KEY.fullmatch(settings.get("secret_key", ""))
    return found is not None and found[1] == "live"

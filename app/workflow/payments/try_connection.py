"""Whether a channel account's settings work: the company is asked, signed as always, about a payment that does not
exist. No money is moved; when it worked last is written down."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from app.core import clock, db
from app.core.errors import Invalid
from app.core.ids import new_id, show
from app.core.limits import bulkhead
from app.domain.payments.channels import hosts, registry
from app.domain.payments.channels.types import Exchange, Outcome
from app.domain.payments.models import ChannelAccount
from app.workflow.guarded_channel import LIMITS_S, calling, mode_of, not_allowed
from app.workflow.steps.payments import channel_access

Found = Literal["good", "network", "no_answer", "settings", "signature", "merchant", "clock", "trouble", "unclear"]

# What stands in a company's refusal → what is wrong. The first that fits counts.
_WORDS: tuple[tuple[str, Found], ...] = (
    (r"stale|timestamp|clock|expired_time", "clock"),
    (r"app.?id|unknown_merchant|mch.?not.?exist|mchid|seller|no_?auth|no such merchant|merchant", "merchant"),
    (r"sign|serial|certificate|invalid api key|public key|unauthorized|authentication", "signature"),
)

_TITLES: dict[Found, str] = {
    "good": "The connection works.",
    "network": "The host cannot be reached.",
    "no_answer": "The payment company did not respond in time.",
    "settings": "The settings are invalid.",
    "signature": "A key does not match.",
    "merchant": "The payment company does not know this merchant.",
    "clock": "The clocks differ.",
    "trouble": "The payment company reports an internal error.",
    "unclear": "The payment company sent an unexpected response.",
}
_TEXTS: dict[Found, str] = {
    "good": "The payment company accepted our signature, knows the merchant and, as expected, does not know the "
    "test payment.",
    "network": "Check the URL and whether this server can reach it: firewall, proxy and DNS.",
    "no_answer": "The host is reachable but did not respond. Try again; if it keeps failing, check the URL.",
    "settings": "Nothing was sent.",
    "signature": "The payment company rejected our signature, or its signature does not match the key entered "
    "here. Enter both keys again, and don’t mix up public and private key.",
    "merchant": "Check the merchant number and app ID, and whether this account may use the product.",
    "clock": "The payment company rejects requests because this server’s clock is wrong. Correct the clock.",
    "trouble": "It returned an internal error. You don’t need to change anything; try again later.",
    "unclear": "See its response below.",
}


@dataclass(frozen=True)
class Verdict:
    """What was found, as people read it; `said` is what came back, secrets masked."""

    found: Found
    title: str
    text: str
    company_message: str
    exchanges: tuple[Exchange, ...]

    @property
    def is_good(self) -> bool:
        """Whether the account can be used."""
        return self.found == "good"


def try_connection(business_id: uuid.UUID, account_id: uuid.UUID) -> Verdict:
    """Ask the account's company about a reference that nobody has. Breakers neither stop this nor count it.

    Raises:
        NotFound: there is no such account. Invalid: nobody outside stands behind this channel. TooMany: too
            many are tried at once, by the business or by all.
    """
    with db.reading(business_id):
        row = db.get(ChannelAccount, account_id)
    channel = registry.channel(row.channel)
    if channel.capabilities.is_internal or channel.capabilities.is_manual:
        raise Invalid("not_a_payment_company", "This channel has no external connection to test.")
    settings, mode = channel_access.opened(row).settings, mode_of(business_id)
    if wrong := hosts.why_not(channel, mode, settings):
        return _verdict(not_allowed("query", settings, wrong), is_unsent=False)
    with bulkhead.current().slot("try", business_id, account_id) as has_slot:
        if not has_slot:
            raise bulkhead.no_business_slot("Another connection test is running. Wait for its result, then try again.")
        with calling(channel, mode, LIMITS_S["query"]) as watch:
            outcome = channel.query_payment(settings, show("att", new_id()))
    verdict = _verdict(outcome, is_unsent=watch.is_unsent)
    if verdict.is_good:
        _record(business_id, row)
    return verdict


def _record(business_id: uuid.UUID, tested: ChannelAccount) -> None:
    """Only of the settings that were tested: they may have been changed meanwhile."""
    with db.phase("try_connection.record", business_id):
        row = db.lock(ChannelAccount, tested.id)
        if row.settings == tested.settings:
            db.write(db.change(ChannelAccount, tested.id, connected_at=clock.now()), expect=1)


def _verdict(outcome: Outcome, *, is_unsent: bool) -> Verdict:
    found = diagnose(outcome, is_unsent=is_unsent)
    text = _TEXTS[found]
    if found == "network" and outcome.exchanges:
        text = f"Tried: {urlsplit(outcome.exchanges[-1].url).netloc or 'no address'}. {text}"
    message = outcome.message or "" if found != "good" else ""
    return Verdict(found, _TITLES[found], text, message, tuple(outcome.exchanges))


def diagnose(outcome: Outcome, *, is_unsent: bool) -> Found:
    """What the outcome of asking about an unknown reference says of the settings."""
    if outcome.status == "unsent":
        return "settings"
    if outcome.status != "unknown":
        return "good"  # they spoke to us about payments: most of all "never heard of it"
    last = outcome.exchanges[-1] if outcome.exchanges else None
    if is_unsent:
        return "network"
    text = f"{outcome.message or ''} {last.response if last and last.http_status else ''}".lower()
    if outcome.decline_code == "channel_misconfigured" and (last is None or last.http_status is None):
        return "settings"
    if last is None or last.http_status is None:
        return "settings" if "missing" in text else "no_answer"
    if last.http_status >= 500:
        return "trouble"
    return next((found for pattern, found in _WORDS if re.search(pattern, text)), "unclear")

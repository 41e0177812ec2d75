"""Whoever tries card after card is slowed down before a company hears of it, by whichever way they come in. Declines
are counted in the database, so that nothing is forgotten when Redis is (docs/decisions/0035-declines-by-means.md)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from math import ceil

from app.core import clock, settings
from app.core.errors import AppError, TooMany
from app.core.limits.ratelimit import Counter, Limit
from app.domain.orders.models import Order
from app.domain.orders.types import Placed
from app.domain.payments import decline_limits
from app.workflow.steps.payments import count_declines, hash_payer
from app.workflow.steps.payments.count_declines import RecentDeclines


def check_declines(order: Order | Placed, *, buyer_ip: str | None = None) -> None:
    """In the open phase, with the order locked or just placed: whether one more attempt may be begun.

    Raises:
        TooMany: too many were declined, of this session or of its buyer within a day, or by means that the buyer, or
            most of those at this address, tried; `retry_after_s` says when.
    """
    moment, known = clock.now(), settings.current()
    payer: dict[str, str] = order.details.get("payer", {})
    address = hash_payer.of_address(buyer_ip or payer.get("buyer_ip"))
    named = hash_payer.all_named_before(payer)
    found = count_declines.count(order, address=address, named=named, since=moment - decline_limits.WITHIN)
    session, buyer = (
        decline_limits.of_session(known.declines_per_session),
        decline_limits.of_buyer(known.declines_per_buyer),
    )
    own = [session.until(found.here, found.last), buyer.until(found.theirs, found.their_last)]
    latest = max((each for each in own if each is not None), default=moment)
    if latest > moment:
        is_end = session.most is not None and found.here >= session.most
        raise _too_many(moment, latest, "declines_exhausted" if is_end else "too_many_declines")
    latest = max(_limits_by_means(found, decline_limits.of_means(known.declines_per_means)), default=moment)
    if latest > moment:
        raise _too_many(moment, latest, "means_declined")


def _limits_by_means(found: RecentDeclines, limit: decline_limits.DeclineLimit) -> list[datetime]:
    """Until when what was tried too often elsewhere holds up this buyer. A means is known once it was tried, so whoever
    tried it waits, as long as they tried little else: many may share an address, and guests one reference."""
    spent = [(each, until) for each in found.means if (until := limit.until(each.declined, each.last)) is not None]
    theirs, at_address = sum(each.theirs for each, _ in spent), sum(each.at_address for each, _ in spent)
    is_buyers = theirs > 0 and 2 * theirs >= found.decided
    is_address = at_address >= decline_limits.MIN_AT_ADDRESS and 2 * at_address > found.at_address
    return [
        until
        for each, until in spent
        if each.is_named or (is_buyers and each.theirs) or (is_address and each.at_address)
    ]


@contextmanager
def limit_address(counter: Counter | None, address: str | None) -> Iterator[None]:
    """Count a payment that is begun inside against the IP address, which many buyers may share. One that is refused
    does not count; without a counter or an address nothing does.

    Raises:
        TooMany: too many payments were begun from there within ten minutes.
    """
    if counter is None or not address:
        yield
        return
    times = settings.current().payments_per_address
    limit = Limit("payments-address", times=times, window_s=decline_limits.AT_ADDRESS_S)
    if wait_s := counter.hit(limit, address):
        text = "Too many payments started from this network. Please wait a moment, then try again."
        raise TooMany("too_many_declines", text, details={"retry_after_s": wait_s})
    try:
        yield
    except AppError:
        counter.uncount(limit, address)
        raise


def _too_many(moment: datetime, latest: datetime, code: str) -> TooMany:
    text = "Several payments were declined. Please wait a moment, then try again."
    if code == "declines_exhausted":
        text = "Too many payments were declined. Please come back later or contact the shop."
    if code == "means_declined":
        text = "Payments with this card or account were declined too often. Please wait a while, then try again."
    return TooMany(code, text, details={"retry_after_s": ceil((latest - moment).total_seconds())})

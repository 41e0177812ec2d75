"""How often a payment may be tried after it was declined: a few times at once, then with pauses that grow, then not any
more for a day. Declines count alone; what was paid, is not decided, or failed for a reason of ours does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# An address is held up for the means tried there when so many were declined, and most of its tries were these.
MIN_AT_ADDRESS = 3
WITHIN = timedelta(days=1)
AT_ADDRESS_S = 600  # payments begun at one address are counted for so long
# Of the channel or of ours: no card was tried.
NO_DECLINES = ("channel_unavailable", "channel_misconfigured", "abandoned", "scene_unsupported", "invalid_request")


@dataclass(frozen=True)
class DeclineLimit:
    """`free` declines cost nothing; each one more a pause, the last of which stays; `most` is the end for the day."""

    free: int
    pauses_s: tuple[int, ...]
    most: int | None = None

    def until(self, declines: int, last: datetime | None) -> datetime | None:
        """When it may be tried again after so many declines, the last of them then; None when it always may."""
        if last is None or declines < self.free:
            return None
        if self.most is not None and declines >= self.most:
            return last + WITHIN
        return last + timedelta(seconds=self.pauses_s[min(declines - self.free, len(self.pauses_s) - 1)])


def of_session(free: int) -> DeclineLimit:
    """For one order, and so for one session."""
    return DeclineLimit(free, (10, 30, 120, 300, 600), most=free + 10)


def of_means(free: int) -> DeclineLimit:
    """For all payments with one card or account, by whomever."""
    return DeclineLimit(free, (60, 300, 900, 3600))


def of_buyer(free: int) -> DeclineLimit:
    """For all orders of one buyer, who may be a family, or a shop's name for whoever has not signed in."""
    return DeclineLimit(free, (60, 300, 900, 3600))

"""Sitting in a seat that is not one's own: to look how the portal is for another role. Nothing can be changed then."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import session, url_for

from app.core.errors import NotFound
from app.read.people import Seat
from app.read.team import get_role

PREVIEW = "preview"  # in the session: the business and the key of the role that is looked at
# What may be done all the same: to stop it, and to change how pages look.
_FREE = frozenset({"portal.team.stop_preview", "portal.account.look", "portal.account.business"})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class StandIn:
    """Whose seat it is and what the banner on every page says."""

    seat: Seat
    title: str
    stop_url: str
    stop_text: str
    refusal: str

    def refuses(self, endpoint: str, method: str) -> bool:
        """Whether this would change something."""
        return method not in _READING and endpoint not in _FREE


def stand_in(own: Seat) -> StandIn | None:
    """The other seat that was chosen, when `own` may see the team at all."""
    chosen = session.get(PREVIEW)
    if not chosen or "team.read" not in own.powers.permissions:
        return None
    business, key = chosen
    if business != str(own.business_id):
        return None
    try:
        role = get_role(own.business_id, key)
    except NotFound:
        session.pop(PREVIEW)
        return None
    return StandIn(
        replace(own, role=key, role_name=role.name, powers=role.powers),
        f"You see the portal as {role.name} does. Nothing can be changed.",
        url_for("portal.team.stop_preview"),
        "Stop",
        "You are looking at the portal as another role. Stop that before you change something.",
    )

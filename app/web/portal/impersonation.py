"""Sitting in a seat that is not one's own: to look how the portal is for another role, or to visit as an operator."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from flask import session, url_for

from app.core.errors import NotFound
from app.read.accounts.people import MembershipAccess
from app.read.accounts.team import get_role
from app.read.accounts.visits import open_visit

VISIT = "visit"  # in the session: the business that an operator visits, and the visit
PREVIEW = "preview"  # in the session: the business and the key of the role that is looked at
# What may be done all the same: to stop it, and to change how pages look.
_FREE = frozenset({"portal.team.stop_preview", "portal.account.theme", "portal.account.business"})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Impersonation:
    """Whose seat it is and what the banner on every page says."""

    membership: MembershipAccess
    title: str
    stop_url: str
    stop_text: str
    refusal: str
    may_change: bool = False
    is_visit: bool = False

    def refuses(self, endpoint: str, method: str) -> bool:
        """Whether this would change something."""
        return not self.may_change and method not in _READING and endpoint not in _FREE


def visit_of(user_id: uuid.UUID) -> Impersonation | None:
    """The seat that an operator has taken, as long as the visit holds."""
    stored = session.get(VISIT)
    found = open_visit(user_id, *(uuid.UUID(each) for each in stored)) if stored else None
    if found is None:
        session.pop(VISIT, None)
        return None
    what = "Changes are logged under your name." if found.may_change else "Read-only."
    return Impersonation(
        found.membership,
        f"You are visiting {found.membership.business_name} as {found.membership.role_name}. {what}",
        url_for("operator.end_visit"),
        "End visit",
        "This visit is read-only. Start another visit to make changes.",
        may_change=found.may_change,
        is_visit=True,
    )


def preview_of(own: MembershipAccess) -> Impersonation | None:
    """The other seat that was chosen, when `own` may see the team at all."""
    chosen = session.get(PREVIEW)
    if not chosen or "team.read" not in own.access.permissions:
        return None
    business, key = chosen
    if business != str(own.business_id):
        return None
    try:
        role = get_role(own.business_id, key)
    except NotFound:
        session.pop(PREVIEW)
        return None
    return Impersonation(
        replace(own, role=key, role_name=role.name, access=role.access),
        f"You are viewing the portal as {role.name}. Read-only.",
        url_for("portal.team.stop_preview"),
        "Stop",
        "You are viewing the portal as another role. Stop viewing before you make changes.",
    )

"""What approvals refuse, and what a business may not do as it stands."""

from __future__ import annotations

from app.core.errors import Conflict, Denied
from app.domain.accounts.business.types import CLOSED, ENDS_WITH_BUSINESS, NOT_ACTIVATED, READ_ONLY


class ApprovalNeeded(Denied):
    """The action needs another person's approval, which has been requested. `details.approval_id` names it."""

    default_code = "approval_needed"
    keeps_key = True


class ApprovalRefused(Conflict):
    """The approval was rejected, has expired or failed, or was decided before."""

    default_code = "approval_refused"


class OwnRequest(Denied):
    """The decider shares a principal with the requester."""

    default_code = "own_request"


class CannotSell(Denied):
    """The business takes no new payments; its children say why."""


class NotActivated(CannotSell):
    """A live business takes no payments before it is activated."""

    default_code = "business_not_activated"


class Suspended(CannotSell):
    """The operator has suspended the business."""

    default_code = "business_suspended"


class Closed(CannotSell):
    """The business is closed."""

    default_code = "business_closed"


def check_selling(standing: str | None) -> None:
    """Go on only when the business may take payments; `standing` is what `standing.STANDING` says of it.

    Raises:
        NotActivated, Suspended, Closed: it may not.
    """
    if standing is None:
        return
    if standing == CLOSED:
        raise Closed("business_closed", "This business is closed. It takes no new payments.")
    if standing == NOT_ACTIVATED:
        text = "This live business cannot take payments yet. Complete its checklist under “Go live” in the portal."
        raise NotActivated("business_not_activated", text)
    raise Suspended("business_suspended", "The operator has suspended this business. It takes no new payments.")


def check_changes(standing: str | None, permission: str, *, is_ending: bool = False) -> None:
    """Go on only when what takes this permission may be changed; `standing` as for `check_selling`. What `is_ending`
    goes on when the business is closed, whatever it takes: it takes away, or takes the data along.

    Raises:
        Suspended: it is read-only. Closed: it is closed, and this is not what brings it to its end.
    """
    if standing == CLOSED and permission in ENDS_WITH_BUSINESS and not is_ending:
        text = "This business is closed. Refunds, payouts, orders and cases go on; nothing else can be changed."
        raise Closed("business_closed", text)
    if standing == READ_ONLY:
        raise Suspended("business_suspended", "The operator has suspended this business. Nothing can be changed.")

"""What approvals refuse, and what a business may not do as it stands."""

from __future__ import annotations

from collections.abc import Collection

from app.core.errors import Conflict, Denied
from app.domain.accounts.business.switch_kinds import SwitchKind
from app.domain.accounts.business.types import CLOSED, ENDS_WITH_BUSINESS, NOT_ACTIVATED, ORDERS_LATER, READ_ONLY


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


class OrdersLater(CannotSell):
    """The operator lets new orders wait for a while; those that are placed go on."""

    default_code = "orders_later"


class SwitchedOff(Denied):
    """The operator has switched this off for a while."""


class Closed(CannotSell):
    """The business is closed."""

    default_code = "business_closed"


def check_selling(standing: str | None) -> None:
    """Go on only when the business may take payments; `standing` is what `standing.STANDING` says of it.

    Raises:
        NotActivated, Suspended, OrdersLater, Closed: it may not.
    """
    if standing is None:
        return
    if standing == CLOSED:
        raise Closed("business_closed", "This business is closed. It takes no new payments.")
    if standing == NOT_ACTIVATED:
        text = "This live business cannot take payments yet. Complete its checklist under “Go live” in the portal."
        raise NotActivated("business_not_activated", text)
    if standing == ORDERS_LATER:
        raise OrdersLater("orders_later", "New orders are switched off for a while. Try again later.")
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


def check_portal(switches: Collection[str]) -> None:
    """Go on only when the portal may change something; `switches` are those that are on.

    Raises:
        SwitchedOff: the operator has made the portal read-only for a while.
    """
    if SwitchKind.PORTAL_READ_ONLY in switches:
        raise SwitchedOff("portal_read_only", "The portal is read-only for a while. Nothing was changed.")

"""What approvals refuse."""

from __future__ import annotations

from app.core.errors import Conflict, Denied


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

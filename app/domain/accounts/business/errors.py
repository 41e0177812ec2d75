"""What approvals refuse."""

from __future__ import annotations

from app.core.errors import Conflict, Denied


class ApprovalNeeded(Denied):
    """Somebody else has to approve it first; they were asked. `details` names the approval."""

    default_code = "approval_needed"
    keeps_key = True


class ApprovalRefused(Conflict):
    """It was asked for and rejected, not decided in time, or could not be done."""

    default_code = "approval_refused"


class OwnRequest(Denied):
    """Nobody approves what they asked for."""

    default_code = "own_request"

"""Where a channel's money goes, and with which secrets it is asked, may take two people: what one of them typed waits,
its secrets encrypted, until somebody else approves it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.core import db
from app.core.errors import AppError
from app.core.ids import new_id, show
from app.core.security import crypto
from app.domain.accounts.business import rules
from app.domain.accounts.business.errors import ApprovalNeeded, ApprovalRefused
from app.domain.accounts.business.models import Approval, Business
from app.domain.accounts.business.states import ApprovalStatus
from app.domain.payments.channels import registry
from app.workflow.steps.accounts import request_approval

HIDDEN = "•••"
approvals = db.table(Approval)


def encryption_context(approval_id: uuid.UUID, field: str) -> str:
    """What the secrets of an approval are bound to."""
    return f"approvals/{approval_id}/{field}"


def takes_two(actor: str) -> bool:
    """In the open phase: whether what `actor` changes of channels waits for somebody else."""
    setting = select(Business.channels_need_approval).where(Business.id == db.here())
    return rules.is_person_or_key(actor) and bool(db.scalar(setting))


def ask(
    channel: str,
    account_id: uuid.UUID,
    *,
    name: str,
    values: Mapping[str, str],
    enabled: bool,
    priority: int,
    known: Mapping[str, str] | None,
    actor: str,
    request_id: uuid.UUID | None = None,
) -> ApprovalNeeded | None:
    """In the open phase: ask for an account with these settings; `known` are its present ones, None for a new account.
    What to raise once the phase is committed; None when no setting would change. `request_id` is whose repeat is told
    by `ended`."""
    approval_id, kept = new_id(), known or {}
    changes: list[dict[str, Any]] = [] if known is not None else [{"field": "Account", "before": "", "after": name}]
    plain: dict[str, str] = {}
    secrets: dict[str, str] = {}
    for field in registry.channel(channel).settings_schema:
        value = values.get(field.name, "").strip()
        if field.kind == "secret":
            if value:
                secrets[field.name] = crypto.encrypt(value, context=encryption_context(approval_id, field.name))
                before = HIDDEN if kept.get(field.name) else ""
                changes.append({"field": field.label, "before": before, "after": f"{HIDDEN} (another one)"})
            continue
        plain[field.name] = value
        if value != kept.get(field.name, ""):
            changes.append({"field": field.label, "before": kept.get(field.name, ""), "after": value})
    if not changes:
        return None
    about = {"channel": channel, "name": name, "enabled": enabled, "priority": priority, "is_new": known is None}
    payload = {**about, "values": plain, "before": {key: kept.get(key, "") for key in plain}, "changes": changes}
    reason = f"{'New account' if known is None else 'Settings'} of {name}"
    request_approval.request(
        "channel",
        approval_id,
        actor=actor,
        reason=reason,
        transaction_id=request_id,
        payload=payload,
        secrets=secrets,
        subject_id=account_id,
    )
    return _needed(approval_id, name)


def requested_before(request_id: uuid.UUID | None) -> Approval | None:
    """In the open phase: the approval that this request asked for, when it comes again."""
    conditions = approvals.c.business_id == db.here(), approvals.c.transaction_id == request_id
    return db.first(select(approvals).where(*conditions)) if request_id is not None else None


def ended(approval: Approval) -> AppError | None:
    """What to tell who asks again about it, once the phase is committed; None when it was approved and is done."""
    if approval.status == ApprovalStatus.DONE:
        return None
    if approval.status in (ApprovalStatus.REQUESTED, ApprovalStatus.APPROVED):
        return _needed(approval.id, approval.payload["name"])
    text = f"This was requested in {show('apr', approval.id)}, which is {approval.status}. Send a new request."
    return ApprovalRefused("approval_refused", text, details={"approval_id": show("apr", approval.id)})


def _needed(approval_id: uuid.UUID, name: str) -> ApprovalNeeded:
    return request_approval.approval_required(approval_id, f"A change of “{name}”")

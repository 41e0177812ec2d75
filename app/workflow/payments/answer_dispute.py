"""Answering a dispute: evidence for the company, or giving in. What was decided is kept before the company is told,
and is told again until the company has answered."""

from __future__ import annotations

import uuid

from app.core import clock, db
from app.core.errors import Conflict, Invalid, NotFound
from app.domain.payments.disputes import service as disputes
from app.domain.payments.disputes.models import Dispute
from app.domain.payments.disputes.states import OPEN, DisputeStatus
from app.workflow.payments import follow_disputes
from app.workflow.steps.payments import gather_evidence

MAX_EVIDENCE_LENGTH = 20_000


def submit(business_id: uuid.UUID, dispute_id: uuid.UUID, *, explanation: str, actor: str) -> None:
    """Put the merchant's words, and what is known of the sale, before the company.

    Raises:
        NotFound: no such dispute. Invalid: no words, or too many. Conflict: nothing is to be answered any more.
    """
    text = explanation.strip()
    if not text or len(text) > MAX_EVIDENCE_LENGTH:
        raise Invalid("evidence_missing", "Explain why the payment is valid.", details={"param": "explanation"})
    with db.phase("answer_dispute.submit", business_id):
        _decide(_locked(dispute_id), "submit", actor=actor, evidence=text)
    follow_disputes.ask(business_id, dispute_id, force=True)


def accept(business_id: uuid.UUID, dispute_id: uuid.UUID, *, actor: str) -> None:
    """Give in: the buyer keeps the money, or the complaint is settled. It cannot be undone.

    Raises:
        NotFound: no such dispute. Conflict: nothing is to be answered any more.
    """
    with db.phase("answer_dispute.accept", business_id):
        _decide(_locked(dispute_id), "accept", actor=actor)
    follow_disputes.ask(business_id, dispute_id, force=True)


def evidence_pack(business_id: uuid.UUID, dispute_id: uuid.UUID) -> bytes:
    """What is known of the disputed sale, as a ZIP file for people and programs.

    Raises:
        NotFound: no such dispute.
    """
    with db.reading(business_id):
        dispute = disputes.one(dispute_id)
        if dispute is None:
            raise NotFound("not_found", "There is no such dispute.")
        return gather_evidence.pack(dispute)


def _locked(dispute_id: uuid.UUID) -> Dispute:
    dispute = disputes.lock(dispute_id)
    if dispute is None:
        raise NotFound("not_found", "There is no such dispute.")
    if dispute.status not in OPEN:
        raise Conflict("dispute_not_open", "This dispute is decided.")
    if dispute.status != DisputeStatus.NEEDS_RESPONSE and dispute.kind == "dispute":
        raise Conflict("dispute_not_open", "This dispute was answered; the company or the bank decides now.")
    return dispute


def _decide(dispute: Dispute, action: str, *, actor: str, evidence: str | None = None) -> None:
    changed = db.change(
        Dispute,
        dispute.id,
        action=action,
        action_by=actor,
        action_at=clock.now(),
        error="",
        evidence=dispute.evidence if evidence is None else evidence,
    )
    db.write(changed, expect=1)

"""What is known of a question that was not put to a company: nothing, and why."""

from __future__ import annotations

from app.domain.payments.channels.types import ContractOutcome, DisputeOutcome, Outcome


def contract(outcome: Outcome) -> ContractOutcome:
    """Of a contract."""
    code, message = outcome.decline_code, outcome.message
    return ContractOutcome(status="unsent", decline_code=code, message=message, exchanges=outcome.exchanges)


def dispute(outcome: Outcome) -> DisputeOutcome:
    """Of a dispute."""
    code, message = outcome.decline_code, outcome.message
    return DisputeOutcome(status="unsent", decline_code=code, message=message, exchanges=outcome.exchanges)

"""Refusals of plans and contracts."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid


class ContractState(Conflict):
    """The contract's state does not allow this."""

    default_code = "contract_state"


class PlanUnavailable(Conflict):
    """Nobody can sign this plan now: it is archived, has no price in the currency, or cannot be paid this way."""

    default_code = "plan_unavailable"


class TermsChanged(Conflict):
    """The terms are not those that the buyer has seen."""

    default_code = "terms_changed"


class PreviewExpired(Conflict):
    """The moment for which a change was previewed is too long ago."""

    default_code = "preview_expired"


class InvalidPlan(Invalid):
    """The terms of a plan make no sense."""

    default_code = "invalid_plan"

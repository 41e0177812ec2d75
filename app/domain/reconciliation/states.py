"""The edges of cases."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.reconciliation.models import Case


class CaseStatus(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    RESOLVED = "resolved"


CASE = Machine(
    name="case", model=Case, initial=CaseStatus.OPEN, edges={(CaseStatus.OPEN, CaseStatus.RESOLVED): "case.resolved"}
)

"""Invariants of partners and clearing."""

from __future__ import annotations

from app.domain.settlement.batches.checks import CHECKS as BATCHES
from app.domain.settlement.clearing.checks import CHECKS as CLEARING
from app.domain.settlement.holds.checks import CHECKS as HOLDS
from app.domain.settlement.partners.checks import CHECKS as PARTNERS

CHECKS = (*PARTNERS, *CLEARING, *BATCHES, *HOLDS)

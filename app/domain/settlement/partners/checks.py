"""Invariants of partners."""

from __future__ import annotations

from app.core.invariants import replayed
from app.domain.settlement.partners.states import PARTNER

CHECKS = (replayed(PARTNER, "I20-par"),)

"""What must hold of approvals."""

from __future__ import annotations

from app.core.invariants import replayed

CHECKS = (replayed("approval", "approvals", "asked", "I20-apr"),)

"""Where a business stands, in a query that has it anyway: what that takes from it is in errors.py."""

from __future__ import annotations

from sqlalchemy import and_, case

from app.domain.accounts.business.models import Business
from app.domain.accounts.business.types import CLOSED, NOT_ACTIVATED

# None where nothing is taken from it; the operator's word goes before the checklist.
STANDING = case(
    (Business.closed_at.is_not(None), CLOSED),
    (Business.suspended.is_not(None), Business.suspended),
    (and_(Business.mode == "live", Business.activated_at.is_(None)), NOT_ACTIVATED),
).label("standing")

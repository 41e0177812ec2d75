"""Where a business stands, in a query that has it anyway: what that takes from it is in errors.py; and which businesses
change nothing by themselves."""

from __future__ import annotations

from sqlalchemy import and_, case, or_, select

from app.domain.accounts.business.models import Business
from app.domain.accounts.business.switch_kinds import SwitchKind
from app.domain.accounts.business.switches import is_on
from app.domain.accounts.business.types import CLOSED, NOT_ACTIVATED, ORDERS_LATER, READ_ONLY

# None where nothing is taken from it; the operator's word goes before the checklist,
# and a switch is for a while only.
STANDING = case(
    (Business.closed_at.is_not(None), CLOSED),
    (Business.suspended.is_not(None), Business.suspended),
    (and_(Business.mode == "live", Business.activated_at.is_(None)), NOT_ACTIVATED),
    (is_on(SwitchKind.ORDERS_LATER), ORDERS_LATER),
).label("standing")

# Jobs that only change what people see, and could do it later: catalogues, files and what was done to many orders wait
# while a business is read-only, and catalogues and files of a closed one wait for good. Money, deliveries, mails and
# webhooks of what has begun go on whatever the business's standing.
READ_ONLY_NOW = select(Business.id).where(Business.suspended == READ_ONLY)
UNCHANGING_NOW = select(Business.id).where(or_(Business.suspended == READ_ONLY, Business.closed_at.is_not(None)))
CLOSED_NOW = select(Business.id).where(Business.closed_at.is_not(None))

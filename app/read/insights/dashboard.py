"""What of the home page is of this very moment: what waits for people, and how far a new business has come."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text

from app.core import db
from app.domain.orders.models import Order
from app.domain.orders.states import PAYABLE
from app.domain.reconciliation.models import Case
from app.domain.reconciliation.states import CaseStatus
from app.read.order_search import in_trouble

STEPS = ("channel", "product", "origin", "key", "order", "webhook", "factor", "team")
# One look for all of them; each ends at the first row.
_TAKEN = text("""
SELECT EXISTS (SELECT FROM channel_accounts WHERE business_id = :business) AS channel,
       EXISTS (SELECT FROM products WHERE business_id = :business) AS product,
       (SELECT allowed_origins <> '[]' FROM businesses WHERE id = :business) AS origin,
       EXISTS (SELECT FROM api_keys WHERE business_id = :business AND NOT revoked) AS key,
       EXISTS (SELECT FROM orders WHERE business_id = :business AND paid_at IS NOT NULL) AS order,
       EXISTS (SELECT FROM webhook_endpoints WHERE business_id = :business AND status <> 'removed') AS webhook,
       EXISTS (SELECT FROM totp_secrets WHERE user_id = :user AND confirmed_at IS NOT NULL) AS factor,
       (SELECT count(*) > 1 FROM memberships WHERE business_id = :business AND left_at IS NULL) AS team
""")


@dataclass(frozen=True)
class Step:
    """One of the first steps of a business."""

    name: str
    is_done: bool


@dataclass(frozen=True)
class Home:
    """Counts end at 100: beyond that the page says "99+"."""

    trouble: int
    overdue: int  # attempts undecided for so long that they were put before people
    waiting: int
    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        """How many first steps are taken."""
        return sum(step.is_done for step in self.steps)


def home(business_id: uuid.UUID, user_id: uuid.UUID) -> Home:
    """What waits at the business now, and its first steps as this person takes them."""
    steps = _steps(business_id, user_id)
    with db.reading(business_id):
        return Home(
            trouble=_count(in_trouble(business_id)),
            overdue=_count(
                select(Case.id).where(
                    Case.business_id == business_id, Case.status == CaseStatus.OPEN, Case.kind == "undecided_long"
                )
            ),
            waiting=_count(select(Order.id).where(Order.business_id == business_id, Order.status.in_(PAYABLE))),
            steps=steps,
        )


def _steps(business_id: uuid.UUID, user_id: uuid.UUID) -> tuple[Step, ...]:
    with db.system_reading():  # a person's second factor belongs to no business
        row = db.rows(_TAKEN, business=business_id, user=user_id)[0]
    return tuple(Step(name, bool(row._mapping[name])) for name in STEPS)


def _count(query: Any, *, at_most: int = 100) -> int:
    return int(db.scalar(select(func.count()).select_from(query.limit(at_most).subquery())))

"""Who runs the installation: named on its command line alone, by nobody in the portal."""

from __future__ import annotations

from sqlalchemy import select, update

from app.core import clock, db
from app.core.errors import NotFound
from app.domain.accounts.business.models import User, Visit

users, visits = db.table(User), db.table(Visit)


def set_operator(email: str, *, is_operator: bool) -> None:
    """Make the person with this email address an operator, or stop them being one, which ends their visits.

    Raises:
        NotFound: nobody signs in with it.
    """
    with db.system_phase("set_operators.set"):
        user_id = db.scalar(select(users.c.id).where(users.c.email == email.strip().lower()))
        if user_id is None:
            raise NotFound("not_found", "No account uses this email address.")
        db.run(update(User).where(users.c.id == user_id).values(is_operator=is_operator))
        if not is_operator:
            open_ = visits.c.user_id == user_id, visits.c.ended_at.is_(None)
            db.run(update(Visit).where(*open_).values(ended_at=clock.actual()))


def operators() -> list[str]:
    """The email addresses of all operators."""
    with db.system_reading():
        found = db.rows(select(users.c.email).where(users.c.is_operator).order_by(users.c.email).limit(1000))
        return [row.email for row in found]

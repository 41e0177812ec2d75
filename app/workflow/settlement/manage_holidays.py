"""The days on which partners' working days rest: of a country, or the business's own."""

from __future__ import annotations

import uuid
from datetime import date

from app.core import db
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.domain.settlement.batches.rules import check_calendar
from app.domain.settlement.terms.models import Holiday
from app.domain.settlement.terms.service import holidays

MAX_NAME_LENGTH = 120


def add(
    business_id: uuid.UUID, *, calendar: str, day: date, name: str, holiday_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Add a holiday of a country (its code), or, with an empty calendar, one of all partners; its id. The same
    `holiday_id` again changes nothing. Batches that are closed stay as they are.

    Raises:
        Invalid: no name, or a calendar that cannot be. Conflict: the day is one already.
    """
    check_calendar(calendar)
    if not 0 < len(name.strip()) <= MAX_NAME_LENGTH:
        text = f"Enter a name of at most {MAX_NAME_LENGTH} characters."
        raise Invalid("invalid_terms", text, details={"param": "name"})
    holiday_id = holiday_id or new_id()
    with db.phase("manage_holidays.add", business_id):
        if db.first(holidays.select().where(holidays.c.business_id == business_id, holidays.c.id == holiday_id)):
            return holiday_id
        row = db.new_row(Holiday, id=holiday_id, calendar=calendar, day=day, name=name.strip())
        taken = Conflict("holiday_exists", "This day is a holiday of this calendar already.")
        db.write(row.on_conflict_do_nothing(), expect=1, otherwise=taken)
    return holiday_id


def remove(business_id: uuid.UUID, holiday_id: uuid.UUID) -> None:
    """Work on this day.

    Raises:
        NotFound: no such holiday.
    """
    with db.phase("manage_holidays.remove", business_id):
        db.get(Holiday, holiday_id)
        db.run(holidays.delete().where(holidays.c.business_id == business_id, holidays.c.id == holiday_id))

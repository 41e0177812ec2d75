"""Holidays: days that do not count as working days of partners."""

from collections.abc import Callable
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Moment, Shape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.read.settlement import holidays
from app.workflow.settlement import manage_holidays

Calendar = Annotated[
    str,
    Field(
        max_length=2, pattern="^([A-Z]{2})?$", description="A country's code; empty: of all partners.", examples=["DE"]
    ),
]


class HolidayRequest(Shape):
    """A day on which nobody works."""

    calendar: Calendar = ""
    day: Annotated[date, Field(examples=["2026-12-25"])]
    name: Annotated[ShortText, Field(examples=["Christmas Day"])]


class Holiday(Answer):
    """A day that does not count as a working day."""

    id: str
    calendar: str
    day: date
    name: str
    created_at: Moment


class HolidayQuery(ListQuery):
    """What a list of holidays may be narrowed by."""

    calendar: Calendar | None = None


@v1.get("/holidays", query=HolidayQuery, answer=Page[Holiday], permission="settlement.read", tag="Partners")
def list_holidays(caller: KeyCaller, query: HolidayQuery) -> Page[Holiday]:
    """List holidays.

    Those that were added last first.
    """
    found = holidays.list_holidays(caller.business_id, calendar=query.calendar, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_holiday, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/holidays",
    body=HolidayRequest,
    answer=Holiday,
    status=201,
    permission="settlement.write",
    idempotent=True,
    tag="Partners",
    errors=("invalid_terms", "holiday_exists"),
)
def create_holiday(caller: KeyCaller, body: HolidayRequest, claim_id: UUID) -> Callable[[], Holiday]:
    """Add a holiday.

    Working days of partners with this calendar leave it out from the next batch on.
    """
    manage_holidays.add(caller.business_id, calendar=body.calendar, day=body.day, name=body.name, holiday_id=claim_id)
    return lambda: _holiday(holidays.get_holiday(caller.business_id, claim_id))


@v1.delete("/holidays/{holiday_id}", status=204, permission="settlement.write", tag="Partners", errors=("not_found",))
def delete_holiday(caller: KeyCaller, holiday_id: str) -> None:
    """Remove a holiday."""
    manage_holidays.remove(caller.business_id, parse("hol", holiday_id))


def _holiday(row: holidays.HolidayRow) -> Holiday:
    return Holiday(
        id=show("hol", row.id),
        calendar=row.calendar,
        day=row.day,
        name=row.name,
        created_at=moment_text(row.created_at),
    )

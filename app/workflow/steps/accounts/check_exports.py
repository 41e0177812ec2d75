"""Whether files of lists may be asked for now."""

from __future__ import annotations

from sqlalchemy import select

from app.core import db
from app.domain.accounts.business.errors import SwitchedOff
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.switch_kinds import SwitchKind
from app.domain.accounts.business.switches import is_on


def check_exports() -> None:
    """In the open phase: go on only when the operator has not switched exports off.

    Raises:
        SwitchedOff: they are off, for this business or for all.
    """
    if db.scalar(select(is_on(SwitchKind.EXPORTS_OFF)).where(Business.id == db.here())):
        raise SwitchedOff("exports_off", "Exports are switched off for a while. Try again later.")

"""The operator switches a part off for a while, in one business or in all, and on again; and sees what is off."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from app.core import clock, context, db
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.switch_kinds import MAX_MINUTES, MAX_REASON, OwnSwitch, SwitchKind
from app.domain.accounts.business.switch_models import InstallationSwitch

MAX_HISTORY = 20
_LOCK = 0x5357  # one phase at a time changes the installation's
businesses, everywhere = db.table(Business), db.table(InstallationSwitch)


@dataclass(frozen=True)
class SwitchCommand:
    """What is switched off, for how many minutes, and why."""

    kind: str
    minutes: int
    reason: str


@dataclass(frozen=True)
class SwitchState:
    """A switch that is on, or was: who set it, and when it ended or will."""

    kind: SwitchKind
    reason: str
    set_by: str
    set_at: datetime
    until: datetime
    is_everywhere: bool
    ended_by: str | None = None


def switch_off(business_id: uuid.UUID | None, command: SwitchCommand) -> None:
    """Switch it off in the business, or in all with None; it is on again by itself when the time is over. The same
    switch again begins anew, with the new reason and time.

    Raises:
        NotFound: no such business. Invalid: no such kind, no reason, or no time up to seven days.
    """
    why = " ".join(command.reason.split())[:MAX_REASON]
    if command.kind not in tuple(SwitchKind) or not why or not 1 <= command.minutes <= MAX_MINUTES:
        raise Invalid("invalid_switch", f"Enter a kind, a reason, and 1 to {MAX_MINUTES:,} minutes.")
    moment, actor = clock.actual(), _actor()
    until = moment + timedelta(minutes=command.minutes)
    with db.system_phase("switch_off.set"):
        if business_id is None:
            _end_everywhere(command.kind, moment, actor)
            db.add(
                InstallationSwitch,
                id=new_id(),
                kind=command.kind,
                reason=why,
                set_by=actor,
                created_at=moment,
                expires_at=until,
            )
            return
        row = _locked(business_id)
        new = OwnSwitch(reason=why, set_by=actor, set_at=moment.isoformat(), until=until.isoformat())
        _set(row, {**row.switches, command.kind: new})


def switch_on(business_id: uuid.UUID | None, kind: str) -> None:
    """End the switch before its time. A second call changes nothing.

    Raises:
        NotFound: no such business. Invalid: no such kind.
    """
    if kind not in tuple(SwitchKind):
        raise Invalid("invalid_switch", "There is no such switch.")
    with db.system_phase("switch_off.end"):
        if business_id is None:
            _end_everywhere(kind, clock.actual(), _actor())
            return
        row = _locked(business_id)
        if kind in row.switches:
            _set(row, {name: each for name, each in row.switches.items() if name != kind})


def states(business_id: uuid.UUID | None) -> list[SwitchState]:
    """What is off in the business, or in all with None: the installation's first, each in the order of the kinds.

    Raises:
        NotFound: no such business.
    """
    moment = clock.actual()
    with db.system_reading():
        on = everywhere.c.ended_at.is_(None), everywhere.c.expires_at > moment
        found = [_state(row) for row in db.rows(select(everywhere).where(*on).limit(len(SwitchKind)))]
        if business_id is not None:
            row = db.first(select(businesses).where(businesses.c.id == business_id))
            if row is None:
                raise NotFound("not_found", "There is no such business.")
            found += [state for kind, each in row.switches.items() if (state := _own(kind, each)).until > moment]
    kinds = list(SwitchKind)
    return sorted(found, key=lambda each: (not each.is_everywhere, kinds.index(each.kind)))


def history() -> list[SwitchState]:
    """What was switched off in all businesses, the latest first; of one business its audit log says it."""
    with db.system_reading():
        rows = db.rows(select(everywhere).order_by(everywhere.c.created_at.desc()).limit(MAX_HISTORY))
        return [_state(row) for row in rows]


def _end_everywhere(kind: str, moment: datetime, actor: str) -> None:
    db.scalar(select(func.pg_advisory_xact_lock(_LOCK, 0)))
    ended = {"ended_at": func.least(InstallationSwitch.expires_at, moment), "ended_by": actor}
    is_open = InstallationSwitch.kind == kind, InstallationSwitch.ended_at.is_(None)
    db.run(update(InstallationSwitch).where(*is_open).values(**ended))


def _locked(business_id: uuid.UUID) -> Business:
    row = db.first(select(businesses).where(businesses.c.id == business_id).with_for_update())
    if row is None:
        raise NotFound("not_found", "There is no such business.")
    return row


def _set(row: Business, switches: dict[str, OwnSwitch]) -> None:
    db.write(update(Business).where(Business.id == row.id).values(switches=switches), expect=1)


def _actor() -> str:
    return context.current().get("actor") or "system"


def _state(row: InstallationSwitch) -> SwitchState:
    until = row.ended_at or row.expires_at
    own = row.reason, row.set_by, row.created_at, until
    return SwitchState(SwitchKind(row.kind), *own, is_everywhere=True, ended_by=row.ended_by)


def _own(kind: str, each: OwnSwitch) -> SwitchState:
    times = datetime.fromisoformat(each["set_at"]), datetime.fromisoformat(each["until"])
    return SwitchState(SwitchKind(kind), each["reason"], each["set_by"], *times, is_everywhere=False)

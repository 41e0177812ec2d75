"""Changing columns of a business that are settings: the row and its version in one phase."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import func, select, update

from app.core import clock, db
from app.core.errors import NotFound
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.settings import values
from app.domain.accounts.business.settings.errors import SettingsConflict
from app.domain.accounts.business.settings.models import SettingsVersion
from app.domain.accounts.business.settings.types import Change, Changes, Value
from app.domain.fulfilment.models import BuyerMembership
from app.workflow.steps.operations import note_pruned

businesses = db.table(Business)
versions = db.table(SettingsVersion)


def write_settings(
    business_id: uuid.UUID,
    wanted: Mapping[str, Value],
    *,
    actor: str,
    reason: str = "",
    restored_number: int | None = None,
    seen: int | None = None,
) -> int | None:
    """In the open system phase: set these settings, others stay. The number of the version that this makes, or None
    when all of them are so already. The business's row is locked. `seen` is the version that whoever asks has seen.

    Raises:
        Invalid: see `values.checked`. NotFound: no such business.
        SettingsConflict: one of them was changed after `seen`, to something else.
    """
    kept = values.checked(wanted)
    row = db.first(select(businesses).where(businesses.c.id == business_id).with_for_update(key_share=True))
    if row is None:
        raise NotFound("not_found", "There is no such business.")
    changes: dict[str, Change] = {
        key: {"before": getattr(row, key), "after": value} for key, value in kept.items() if getattr(row, key) != value
    }
    if not changes:
        return None
    here = versions.c.business_id == business_id
    newest = int(db.scalar(select(func.coalesce(func.max(versions.c.number), 0)).where(here)) or 0)
    if seen is not None and (others := _changed_since(business_id, seen, changes)):
        raise SettingsConflict(newest, others)
    after = {key: change["after"] for key, change in changes.items()}
    db.write(update(Business).where(Business.id == business_id).values(**after), expect=1)
    if "membership_reminder_days" in after:
        _remind_anew(business_id)
    if any(key.startswith("keep_") for key in after):
        note_pruned.again(business_id)
    db.add(
        SettingsVersion,
        business_id=business_id,
        number=newest + 1,
        actor=actor,
        reason=reason,
        changes=changes,
        restored_number=restored_number,
    )
    return newest + 1


def _remind_anew(business_id: uuid.UUID) -> None:
    """Members are reminded by the new rule: each running membership is looked at once."""
    running = BuyerMembership.business_id == business_id, BuyerMembership.ends_at > clock.now()
    db.run(update(BuyerMembership).where(*running).values(due_at=func.least(BuyerMembership.due_at, clock.now())))


def _changed_since(business_id: uuid.UUID, seen: int, changes: Changes) -> Changes:
    """What others have changed of these settings after `seen`, from what it was then to what it is now."""
    query = select(versions).where(versions.c.business_id == business_id, versions.c.number > seen)
    found: dict[str, Change] = {}
    for version in db.rows(query.order_by(versions.c.number)):
        for key, change in version.changes.items():
            if key in changes:
                before = found[key]["before"] if key in found else change["before"]
                found[key] = {"before": before, "after": change["after"]}
    return {key: change for key, change in found.items() if change["before"] != change["after"]}

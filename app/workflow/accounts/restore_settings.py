"""Putting a version of the settings back."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db
from app.core.errors import Invalid, NotFound
from app.domain.accounts.business.settings.declared import BY_KEY
from app.domain.accounts.business.settings.models import SettingsVersion
from app.domain.orders.splits.registry import splits
from app.workflow.steps.accounts.write_settings import write_settings

versions = db.table(SettingsVersion)


def restore_settings(
    business_id: uuid.UUID,
    version_id: uuid.UUID,
    *,
    actor: str,
    reason: str = "",
    seen: int | None = None,
    undo: bool = False,
) -> int | None:
    """Set every setting to what it was when this version had just been made; with `undo`, just before. The number of
    the version that this makes, None when all are so already. With `seen`, the version that the caller has read, only
    while nobody has changed the same ones since.

    Raises:
        NotFound: no such version. Invalid: a value is no longer allowed. SettingsConflict: somebody was quicker.
    """
    with db.system_phase("restore_settings.write"):
        here = versions.c.business_id == business_id
        chosen = db.first(select(versions).where(here, versions.c.id == version_id))
        if chosen is None:
            raise NotFound("not_found", "There is no such version.")
        number = chosen.number - 1 if undo else chosen.number
        later = db.rows(select(versions).where(here, versions.c.number > number).order_by(versions.c.number.desc()))
        # The oldest change after it has the last word: what was before that is what was then.
        wanted = {key: change["before"] for row in later for key, change in row.changes.items() if key in BY_KEY}
        if wanted.get("split_by", next(iter(splits()))) not in splits():
            raise Invalid("unknown_split", "This way to split orders is no longer installed.")
        return write_settings(
            business_id, wanted, actor=actor, reason=reason.strip(), restored_number=number, seen=seen
        )

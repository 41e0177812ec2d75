"""Settings of a test business are taken over by its live twin: those that somebody has chosen, as one version."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy import func, select

from app.core import db
from app.core.errors import Conflict, Invalid
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.settings.declared import CHANGEABLE
from app.domain.accounts.business.settings.errors import SettingsConflict
from app.domain.accounts.business.settings.models import SettingsVersion
from app.domain.accounts.business.settings.types import Value
from app.workflow.steps.accounts.write_settings import write_settings

REASON = "Copied from test"
businesses, versions = db.table(Business), db.table(SettingsVersion)


def copy_settings(
    business_id: uuid.UUID,
    keys: Collection[str],
    *,
    actor: str,
    seen: int | None = None,
    seen_in_test: int | None = None,
) -> int | None:
    """Set these settings of the live business to what its test twin has; the number of the version that this makes,
    None when they are so already. With `seen`, the version of the live business that the caller has read, only while
    nobody has changed the same ones since; with `seen_in_test`, only while that is the test business's version.

    Raises:
        Conflict: this is no live business with a test twin. Invalid: no such setting, or none.
        SettingsConflict: somebody was quicker, here or there.
    """
    unknown = sorted(set(keys) - set(CHANGEABLE))
    if unknown or not keys:
        details = {"param": unknown[0][:60] if unknown else "settings"}
        raise Invalid("unknown_setting", "Choose settings to copy.", details=details)
    with db.system_phase("copy_settings.write"):
        twin = businesses.c.twin_id == business_id, businesses.c.mode == "test"
        test = db.first(select(businesses).where(*twin).with_for_update(key_share=True))
        if test is None:
            raise Conflict("no_twin", "Settings are copied into a live business, from its test business.")
        newest = int(db.scalar(select(func.max(versions.c.number)).where(versions.c.business_id == test.id)) or 0)
        if seen_in_test is not None and newest != seen_in_test:
            raise SettingsConflict(newest, {})
        wanted: dict[str, Value] = {key: getattr(test, key) for key in keys}
        return write_settings(business_id, wanted, actor=actor, reason=REASON, seen=seen)

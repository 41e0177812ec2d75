"""Changing the settings of a business; each change is a version."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from app.core import db
from app.core.errors import Invalid
from app.domain.accounts.business.settings import values
from app.domain.accounts.business.settings.declared import CHANGEABLE
from app.domain.accounts.business.settings.types import Value
from app.workflow.guarded_channel import forget_chosen
from app.workflow.steps.accounts.write_settings import write_settings

MAX_REASON = 200


def checked(wanted: Mapping[str, Value]) -> dict[str, Value]:
    """The settings as they would be kept.

    Raises:
        Invalid: no such setting, or outside its bounds.
    """
    for key in wanted:
        if key not in CHANGEABLE:
            raise Invalid("unknown_setting", "There is no such setting.", details={"param": key[:60]})
    return values.checked(wanted)


def change_settings(
    business_id: uuid.UUID, wanted: Mapping[str, Value], *, actor: str, reason: str = "", seen: int | None = None
) -> int | None:
    """Set these settings by key, others stay; the number of the version that this makes, None when nothing changes.
    With `seen`, the version that the caller has read, only while nobody has changed the same ones since.

    Raises:
        Invalid: no such setting, or outside its bounds; nothing is changed. SettingsConflict: somebody was quicker.
    """
    kept = checked(wanted)
    with db.system_phase("change_settings.write"):
        number = write_settings(business_id, kept, actor=actor, reason=reason.strip()[:MAX_REASON], seen=seen)
    forget_chosen(business_id)
    return number

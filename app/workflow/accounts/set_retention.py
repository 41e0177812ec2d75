"""Choosing for how many days a business keeps which kind of personal data."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from app.core.errors import Invalid
from app.domain.accounts.privacy import kinds
from app.domain.accounts.privacy.installation import narrowed
from app.workflow.accounts.change_settings import change_settings


def set_retention(business_id: uuid.UUID, days: Mapping[str, int], *, actor: str) -> None:
    """Set for how many days these kinds are kept; others stay as they are. A change of settings like any other. What is
    older is removed within minutes, for good.

    Raises:
        Invalid: no such kind, or outside its bounds; nothing is changed.
    """
    for key, count in days.items():
        _check(key, count)
    change_settings(business_id, {kinds.BY_KEY[key].setting: count for key, count in days.items()}, actor=actor)


def _check(key: str, count: int) -> None:
    kind = kinds.BY_KEY.get(key)
    keep = kind.keep if kind else None
    if kind is None or keep is None or not keep.may_change:
        choices = ", ".join(each.key for each in kinds.CHOSEN)
        raise Invalid(
            "invalid_retention", f"You can set the retention period for {choices}.", details={"param": "kind"}
        )
    least, most = narrowed(key, keep)
    if not least <= count <= most:
        text = f"{kind.title}: {least} to {most} days. {keep.bounds}"
        raise Invalid("invalid_retention", text, details={"param": "days", "kind": key})

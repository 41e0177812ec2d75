"""Choosing for how many days a business keeps which kind of personal data."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import select, update

from app.core import db
from app.core.errors import Invalid
from app.domain.accounts.business.models import Business
from app.domain.accounts.privacy import kinds
from app.workflow.steps.operations import note_pruned


def set_retention(business_id: uuid.UUID, days: Mapping[str, int]) -> None:
    """Set for how many days these kinds are kept; others stay as they are. What is older is removed within minutes, for
    good.

    Raises:
        Invalid: no such kind, or outside its bounds; nothing is changed.
    """
    for key, count in days.items():
        _check(key, count)
    with db.system_phase("set_retention.set"):
        query = select(Business.retention).where(Business.id == business_id).with_for_update()
        before = db.scalar(query)
        chosen = {**before, **days}
        retention = {key: value for key, value in chosen.items() if value != kinds.days({}, key)}
        if retention != before:
            db.write(update(Business).where(Business.id == business_id).values(retention=retention), expect=1)
            note_pruned.again(business_id)


def _check(key: str, count: int) -> None:
    kind = kinds.BY_KEY.get(key)
    keep = kind.keep if kind else None
    if kind is None or keep is None or not keep.may_change:
        choices = ", ".join(each.key for each in kinds.CHOSEN)
        raise Invalid(
            "invalid_retention", f"You can set the retention period for {choices}.", details={"param": "kind"}
        )
    if not keep.least <= count <= keep.most:
        text = f"{kind.title}: {keep.least} to {keep.most} days. {keep.bounds}"
        raise Invalid("invalid_retention", text, details={"param": "days", "kind": key})

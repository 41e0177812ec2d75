"""Choosing how the panel of a business looks; open checkouts wear it with their next snapshot."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from app.core import db
from app.core.errors import ChangedMeanwhile, NotFound
from app.domain.accounts.business.appearance.rules import cleaned
from app.domain.accounts.business.appearance.types import Appearance
from app.domain.accounts.business.models import Business

businesses = db.table(Business)


def set_appearance(business_id: uuid.UUID, settings: Mapping[str, Any], *, seen: int | None = None) -> Appearance:
    """Keep this appearance instead of the one before; what is kept comes back, checked and without what is empty. With
    `seen`, the version that the caller has read, only while that is in force.

    Raises:
        Invalid: as `appearance.rules.cleaned`. ChangedMeanwhile: somebody was quicker.
    """
    appearance = cleaned(settings)
    with db.system_phase("set_appearance.set"):
        row = db.first(select(businesses).where(businesses.c.id == business_id).with_for_update(key_share=True))
        if row is None:
            raise NotFound("not_found", "There is no such business.")
        if appearance == row.appearance:
            return appearance
        if seen is not None and seen != row.appearance_version:
            text = "Somebody else has changed the appearance since you opened it. Compare, then save again."
            now, wanted = _flat(row.appearance), _flat(appearance)
            raise ChangedMeanwhile(text, version=row.appearance_version, now=now, wanted=wanted)
        values = {"appearance": appearance, "appearance_version": row.appearance_version + 1}
        db.write(update(Business).where(Business.id == business_id).values(**values), expect=1)
    return appearance


def _flat(appearance: Mapping[str, Any]) -> dict[str, object]:
    """Its members, with those of the inner ones by dotted names (`variables.colorPrimary`)."""
    found: dict[str, object] = {}
    for name, value in appearance.items():
        inner = {f"{name}.{each}": text for each, text in value.items()} if isinstance(value, Mapping) else None
        found |= {name: value} if inner is None else inner
    return found

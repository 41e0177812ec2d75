"""Choosing how the panel of a business looks; open checkouts wear it with their next snapshot."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from app.core import db
from app.domain.accounts.business.appearance.rules import cleaned
from app.domain.accounts.business.appearance.types import Appearance
from app.domain.accounts.business.models import Business


def set_appearance(business_id: uuid.UUID, settings: Mapping[str, Any]) -> Appearance:
    """Keep this appearance instead of the one before; what is kept comes back, checked and without what is empty.

    Raises:
        Invalid: as `appearance.rules.cleaned`.
    """
    appearance = cleaned(settings)
    with db.system_phase("set_appearance.set"):
        db.write(update(Business).where(Business.id == business_id).values(appearance=appearance), expect=1)
    return appearance

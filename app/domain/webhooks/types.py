"""What comes in from systems outside about our objects."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.webhooks.states import InboundVerdict


@dataclass(frozen=True)
class Verdict:
    """What became of an inbound event; of one that was ignored, why."""

    verdict: InboundVerdict
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class InboundCommand:
    """An event that somebody sends: about the object `subject_id` of this `kind`, with the sender's id. `payload` is
    JSON."""

    kind: str
    subject_id: uuid.UUID
    external_id: str
    type: str
    payload: Mapping[str, Any]

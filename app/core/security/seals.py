"""What the signature of a seal of the audit log signs."""

from __future__ import annotations

import uuid

CONTEXT = "audit log"


def signed_text(business_id: uuid.UUID, number: int, through_id: uuid.UUID, entries: int, chained: str) -> str:
    """One seal as a line of text; `chained` is the hash of its entries, begun with the hash of the seal before it."""
    return f"{business_id} {number} {through_id} {entries} {chained}"

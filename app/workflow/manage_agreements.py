"""Agreement texts: publishing makes a new revision; what was published never changes."""

from __future__ import annotations

import hashlib
import uuid

from sqlalchemy import func, select, update

from app.core import db
from app.core.ids import new_id
from app.domain.catalog.models import Agreement


def publish_agreement(business_id: uuid.UUID, *, code: str, locale: str, title: str, body: str) -> uuid.UUID:
    """Publish a text as the next revision of `code` in `locale`; its id."""
    agreement_id = new_id()
    with db.phase("manage_agreements.publish", business_id):
        mine = (Agreement.business_id == business_id, Agreement.code == code, Agreement.locale == locale)
        last = db.scalar(select(func.coalesce(func.max(Agreement.revision), 0)).where(*mine))
        db.run(update(Agreement).where(*mine, Agreement.current).values(current=False))
        text_hash = hashlib.sha256(f"{title}\n{body}".encode()).hexdigest()
        db.add(
            Agreement,
            id=agreement_id,
            code=code,
            locale=locale,
            revision=last + 1,
            title=title,
            body=body,
            text_hash=text_hash,
        )
    return agreement_id

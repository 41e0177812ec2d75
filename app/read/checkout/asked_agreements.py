"""What buyers are asked to accept, as a page shows it."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from app.core.ids import show
from app.domain.checkout.agreements import queries, rules
from app.lib import rich_text
from app.read.checkout.snapshot_types import ShownAgreement


def shown_agreements(product_ids: Collection[uuid.UUID], locale: str) -> list[ShownAgreement]:
    """What the buyer of these products has to accept, each text in the language that fits best; in the open reading."""
    rows = queries.asked_for(product_ids, with_body=True)
    return [
        {
            "id": show("agr", row.id),
            "code": row.code,
            "version": row.revision,
            "title": row.title,
            "body": row.body,
            "content": list(rich_text.tree(row.body)),
            "locale": row.locale,
            "hash": row.text_hash,
        }
        for row in rules.in_language(rows, locale)
    ]

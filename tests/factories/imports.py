"""Files of products, buyers and members that come in."""

from __future__ import annotations

import io
import uuid
from typing import Any

from app.read.catalog import imports
from app.workflow.catalog import import_products
from tests.factories.shop import Shop


def sent(shop: Shop, kind: str, content: bytes | str, *, actor: str = "test", with_mail: bool = False) -> Any:
    """The import when it was looked through."""
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    made = import_products.start_import(shop.business_id, file, actor=actor, kind=kind, with_mail=with_mail)
    return worked(shop, kind, made)


def worked(shop: Shop, kind: str, import_id: uuid.UUID) -> Any:
    """The import once nothing is left to do in the background."""
    while import_products.work(shop.business_id, import_id):
        pass
    return imports.import_of(shop.business_id, import_id, kind=kind).row


def applied(shop: Shop, kind: str, content: bytes | str, **options: Any) -> Any:
    """The import when it was applied."""
    run = sent(shop, kind, content, **options)
    import_products.apply(shop.business_id, run.id, actor="test", kind=kind)
    return worked(shop, kind, run.id)


def counts(run: Any) -> tuple[Any, ...]:
    """Status; rows to create and to change, unchanged, refused and applied."""
    return run.status, run.to_create, run.to_change, run.unchanged, run.refused, run.applied


def refused(shop: Shop, run: Any) -> dict[int, Any]:
    """Why rows were refused, by line."""
    found = imports.import_rows(shop.business_id, run.id, kind="refused", limit=100)
    return {row.line: row.errors for row in found}

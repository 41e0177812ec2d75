"""Applying what was looked through, a batch of rows at a time, and what an import keeps when it is over."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select, update

from app.core import db, states
from app.core.db import bulk
from app.domain.catalog import sheet
from app.domain.catalog.models import ProductImport, ProductImportRow
from app.domain.catalog.states import IMPORT, ImportStatus
from app.workflow.catalog.import_kinds import KINDS, ImportKind
from app.workflow.steps.catalog.import_images import forget

_rows = db.table(ProductImportRow)


def key_after(run: ProductImport) -> str:
    """Where the file is once nobody reads it again: one of people is swept away."""
    return "" if KINDS[run.kind].is_personal else run.key


def let_go(run: ProductImport) -> None:
    """In the open phase: what an import that is over no longer needs."""
    forget(run.id)
    if KINDS[run.kind].is_personal:
        mine = _rows.c.business_id == db.here(), _rows.c.import_id == run.id
        db.run(update(ProductImportRow).where(*mine, _rows.c.cells != {}).values(cells={}, changes={}))


def apply_batch(business_id: uuid.UUID, import_id: uuid.UUID) -> bool:
    """Apply the next rows of an import that is being applied; whether there may be more.

    Raises:
        VersionConflict: somebody changed what a row is about meanwhile; nothing was written.
    """
    with db.phase("import_products.apply", business_id):
        run = db.lock(ProductImport, import_id)
        if run.status != ImportStatus.APPLYING:
            return False
        kind = KINDS[run.kind]
        waiting = select(_rows).where(
            _rows.c.business_id == business_id,
            _rows.c.import_id == import_id,
            _rows.c.line > run.applied_line,
            _rows.c.kind != "refused",
        )
        rows = db.rows(waiting.order_by(_rows.c.line).limit(kind.batch))
        if not rows:
            states.advance(IMPORT, run, ImportStatus.DONE, reason="applied", actor="system")
            let_go(run)
            return False
        refused = kind.write(run, rows)
        bulk.update(ProductImportRow, [row for each in rows if (row := _after(kind, each, refused.get(each.line)))])
        change = db.change(
            ProductImport,
            import_id,
            applied_line=rows[-1].line,
            applied=run.applied + len(rows) - len(refused),
            refused=run.refused + len(refused),
            attempt_count=0,
        )
        db.write(change, expect=1)
    return True


def _after(kind: ImportKind, row: ProductImportRow, refused: sheet.Verdict | None) -> dict[str, Any] | None:
    """How the row is kept once it was applied, or refused after all; None: as it was."""
    if refused is None and not kind.is_personal:
        return None
    return bulk.changed(
        ProductImportRow,
        row.id,
        kind=row.kind if refused is None else "refused",
        errors={} if refused is None else refused.errors,
        cells={} if kind.is_personal else row.cells,
        changes={} if kind.is_personal else row.changes,
    )

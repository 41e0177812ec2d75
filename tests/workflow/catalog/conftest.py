"""Fixtures of tests of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.workflow.catalog import apply_batch, import_kinds, import_products


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A few rows of a file make several steps; another process carries on after each."""
    monkeypatch.setattr(import_products, "BATCH", 2)
    few = {name: replace(kind, batch=2) for name, kind in import_kinds.KINDS.items()}
    for reader in (import_products, apply_batch):
        monkeypatch.setattr(reader, "KINDS", few)
    yield
    import_products._readers.clear()

"""Fixtures of tests of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.workflow.catalog import apply_import, import_products


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A few rows of a file make several steps; another process carries on after each."""
    monkeypatch.setattr(import_products, "BATCH", 2)
    monkeypatch.setattr(apply_import, "BATCH", 2)
    yield
    import_products._readers.clear()

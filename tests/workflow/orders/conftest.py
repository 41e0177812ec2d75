"""Jobs that reach the rows of a test."""

from __future__ import annotations

import pytest

from app.workflow.steps.operations import due


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Periodic work comes to this test's rows too, however many others left."""
    monkeypatch.setattr(due, "BUDGET_S", 600.0)

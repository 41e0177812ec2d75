"""The merchant's own system, and the next movement's reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.core.ids import new_id, show
from app.workflow.steps.payments import reserve_movement
from tests.factories.merchant import MerchantSystem, merchant_system


@pytest.fixture
def system() -> Iterator[MerchantSystem]:
    with merchant_system() as running:
        yield running


@pytest.fixture
def next_ref(monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """A function that returns the next movement's reference, so that the company can be scripted."""

    def known() -> str:
        ids = [new_id()]
        monkeypatch.setattr(reserve_movement, "new_id", lambda: ids.pop() if ids else new_id())
        return show("att", ids[0])

    return known

"""The merchant's own system."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.factories.merchant import MerchantSystem, merchant_system


@pytest.fixture
def system() -> Iterator[MerchantSystem]:
    with merchant_system() as running:
        yield running

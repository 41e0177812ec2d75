"""Somebody who receives webhooks, and a breaker that no other test has tripped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core.limits import breaker
from app.core.limits.breaker import Breaker
from tests.factories.receiver import Receiver, receiver


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture(autouse=True)
def own_breaker() -> Iterator[None]:
    stored = breaker.current()
    breaker.use(Breaker(None))
    yield
    breaker.use(stored)

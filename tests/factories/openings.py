"""Businesses that are opened, as people do it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from app.core import settings
from app.domain.accounts.business.opening import NewBusiness

NEW = NewBusiness(name="Lantern Books", country="DE", time_zone="Europe/Berlin", currencies=("EUR", "USD"))


def new_mailbox() -> str:
    """An address that nobody has."""
    return f"{secrets.token_hex(6)}@people.example"


@contextmanager
def changed_settings(**values: Any) -> Iterator[None]:
    """While inside, this installation has these settings."""
    before = settings.current()
    settings.use(replace(before, **values))
    try:
        yield
    finally:
        settings.use(before)

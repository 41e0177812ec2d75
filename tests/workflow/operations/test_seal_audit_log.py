"""The audit log is sealed in a chain."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from app.core import context
from app.core.ids import show
from app.read.operations import audit_log
from app.workflow.accounts import manage_keys
from app.workflow.operations import seal_audit_log
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")

SOMEBODY = show("usr", uuid.UUID(int=7))


def test_entries_are_sealed_once_each(shop: Shop, wait_until: Callable[..., None]) -> None:
    for name in ("one", "two"):
        with context.work(actor=SOMEBODY):
            manage_keys.create_key(shop.business_id, name=name, kind="secret", made_for=uuid.UUID(int=7))
        wait_until(lambda: seal_audit_log.seal_due() or not audit_log.sealed(shop.business_id).open_entries)

    found = audit_log.sealed(shop.business_id)
    assert (found.seals, found.entries, found.open_entries) == (2, 2, 0)
    assert audit_log.verify(shop.business_id) == (2, [])

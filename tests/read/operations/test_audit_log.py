"""A log that was changed is distinguished from one that was not."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.core import clock, db, ids
from app.core.db.models import AuditEntry
from app.read.operations import audit, audit_log
from app.workflow.operations.seal_audit_log import seal_due
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner


@pytest.fixture
def business_id(undone: Undone, new_shop: Callable[..., Shop]) -> uuid.UUID:
    """A business whose log has two seals, of two entries and of one; nothing of it stays."""
    shop = new_shop()
    for hours in ((3, 2), (1,)):
        with db.phase("test.note", shop.business_id):
            for ago in hours:
                _note(ids.first_at(clock.now() - timedelta(hours=ago)))
        seal_due()
    assert undone.connection.in_transaction()
    return shop.business_id


def test_whatever_was_changed_is_found(undone: Undone, business_id: uuid.UUID) -> None:
    assert audit_log.verify(business_id) == (2, [])

    found = {}
    for changed in DAMAGE:
        with undone.trial() as connection:
            as_owner(connection, changed.split()[1 if changed.startswith("UPDATE") else 2], changed, {})
            found[changed] = [(each.number, each.problem) for each in audit_log.verify(business_id)[1]]
            is_law_broken = any(each.rows for each in audit.run() if each.id == "I51")
        assert is_law_broken == (DAMAGE[changed][1] == "entries"), changed
    assert found == {changed: [expected] for changed, expected in DAMAGE.items()}


_OF_SEAL = "id IN (SELECT through_id FROM audit_seals WHERE number = {})"
# What somebody with the database's own account did → the first seal that shows it, and how.
DAMAGE: dict[str, tuple[int, str]] = {
    "UPDATE audit_entries SET actor = 'usr_another'": (1, "entries"),
    "UPDATE audit_entries SET after = '{\"price\": 1}' WHERE " + _OF_SEAL.format(2): (2, "entries"),
    "DELETE FROM audit_entries WHERE " + _OF_SEAL.format(1): (1, "entries"),
    "DELETE FROM audit_seals WHERE number = 1": (2, "entries"),
    "UPDATE audit_seals SET entries = 2 WHERE number = 2": (2, "entries"),
    "UPDATE audit_seals SET signature = 'v1.1.AAAA.AAAA' WHERE number = 2": (2, "signature"),
    "UPDATE audit_seals s SET signature = o.signature FROM audit_seals o"
    " WHERE o.business_id = s.business_id AND o.number = 1": (2, "signature"),
}


def _note(entry_id: uuid.UUID) -> None:
    values: dict[str, Any] = {"actor": "usr_a", "address": "", "request_id": "", "action": "created"}
    db.add(AuditEntry, id=entry_id, subject_table="products", subject_id=entry_id, before={}, after={}, **values)

"""Who changed what is noted by the database."""

from __future__ import annotations

import uuid

from app.core import context, db
from app.core.ids import show
from app.core.security import crypto
from app.domain.payments.models import ChannelAccount
from app.read.operations import audit_log
from app.read.operations.audit_log import LogFilter
from app.workflow.accounts import manage_keys
from app.workflow.steps.payments.channel_access import encryption_context
from tests.factories.shop import Shop

SOMEBODY = show("usr", uuid.UUID(int=7))


def _entries(shop: Shop, **action: str) -> list[audit_log.Entry]:
    return list(audit_log.entries_of(shop.business_id, LogFilter(**action)))


def test_what_somebody_changes_is_noted_with_before_and_after(shop: Shop) -> None:
    with context.work(actor=SOMEBODY, address="203.0.113.9", request_id="req_1"):
        made = manage_keys.create_key(shop.business_id, name="Till", kind="secret", made_for=uuid.UUID(int=7))
        manage_keys.revoke_key(shop.business_id, made.id)

    revoked, created = _entries(shop)

    assert (created.row.actor, created.row.address, created.row.request_id) == (SOMEBODY, "203.0.113.9", "req_1")
    assert (created.row.action, created.title, created.subject) == ("created", "API key", show("key", made.id))
    assert {change.name: change.after for change in created.changes}["secret_hash"] == "•••"
    assert {"revoked", "revoked_at"} == {change.name for change in revoked.changes}
    assert (revoked.row.before["revoked"], revoked.row.after["revoked"]) == (False, True)
    assert made.secret not in str(created.row)


def test_what_the_system_does_by_itself_is_not(shop: Shop) -> None:
    shop.pay(shop.place())
    manage_keys.create_key(shop.business_id, name="Till", kind="secret")

    assert not _entries(shop)


def test_sealed_secrets_are_left_out(shop: Shop) -> None:
    with context.work(actor=SOMEBODY), db.phase("test.secret", shop.business_id):
        sealed = crypto.encrypt("very secret", context=encryption_context(shop.account_id, "api_key"))
        db.write(db.change(ChannelAccount, shop.account_id, settings={"api_key": sealed, "merchant_id": "m1"}))

    assert _entries(shop)[0].row.after == {"settings": {"api_key": "•••", "merchant_id": "m1"}}


def test_a_name_that_is_none_is_noted_as_such(shop: Shop) -> None:
    with context.work(actor="x'; DROP TABLE orders; --", address="203.0.113.9"):
        manage_keys.create_key(shop.business_id, name="Till", kind="secret")

    assert (_entries(shop)[0].row.actor, _entries(shop)[0].row.address) == ("?", "203.0.113.9")

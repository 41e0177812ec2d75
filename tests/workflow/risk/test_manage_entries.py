"""Lists: entries are added once, found by every form of a value, changed, removed and imported whole or not at all."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType

import pytest

from app.core import clock, db
from app.core.errors import Conflict, Invalid, NotFound
from app.domain.risk.types import EntryKind, EntrySource, ListName
from app.read.risk.entries import get_entry, list_entries
from app.workflow.risk import manage_entries
from app.workflow.risk.manage_entries import EntryCommand, ImportResult
from tests.factories.shop import Shop

HEAD = b"list,kind,value,reason,expires_at\n"


def command(value: str, kind: str = "email", list_name: str = "block", reason: str = "Fraud") -> EntryCommand:
    return EntryCommand(list_name=ListName(list_name), kind=EntryKind(kind), value=value, reason=reason)


def add(shop: Shop, value: str, kind: str = "email", list_name: str = "block") -> object:
    return manage_entries.add(shop.business_id, command(value, kind, list_name), source=EntrySource.API, actor="usr_1")


def test_an_alias_of_a_mailbox_is_the_mailbox(shop: Shop) -> None:
    add(shop, "Jo.Doe+shop@GoogleMail.com")

    with pytest.raises(Conflict) as refused:
        add(shop, "jodoe@gmail.com")

    [entry] = list_entries(shop.business_id)
    assert refused.value.code == "risk_entry_exists"
    assert (entry.value, entry.source, entry.added_by) == ("jodoe@gmail.com", "api", "usr_1")


def test_a_value_may_be_on_two_lists(shop: Shop) -> None:
    add(shop, "203.0.113.9", "address", "watch")
    add(shop, "203.0.113.9", "address", "allow")

    assert {row.list_name for row in list_entries(shop.business_id, kind="address")} == {"watch", "allow"}


def test_an_entry_is_changed_and_removed(shop: Shop) -> None:
    entry_id = add(shop, "b-7", "buyer")
    until = clock.now() + timedelta(days=1)

    manage_entries.change(shop.business_id, entry_id, reason="Chargeback", expires_at=until)
    changed = get_entry(shop.business_id, entry_id)
    manage_entries.remove(shop.business_id, entry_id)

    assert (changed.reason, changed.expires_at) == ("Chargeback", until)
    assert list_entries(shop.business_id) == []
    with pytest.raises(NotFound):
        manage_entries.remove(shop.business_id, entry_id)


def test_an_expired_entry_is_told_apart(shop: Shop, clock: ModuleType) -> None:
    entry_id = add(shop, "b-7", "buyer")
    manage_entries.change(shop.business_id, entry_id, reason="Trial", expires_at=clock.now() + timedelta(hours=1))

    now = list_entries(shop.business_id, expired=True)
    clock.move(3601)
    later = list_entries(shop.business_id, expired=True)

    assert (now, [row.id for row in later]) == ([], [entry_id])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "nobody"),
        ("email", "a@b"),
        ("email_domain", "localhost"),
        ("phone", "030 123456"),
        ("address", "203.0.113.900"),
        ("address", "10.0.0.0/7"),
        ("buyer", " "),
        ("device", "x" * 255),
    ],
)
def test_what_is_no_value_of_its_kind_is_refused(shop: Shop, kind: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        add(shop, value, kind)

    assert (refused.value.code, refused.value.details["param"]) == ("invalid_risk_entry", "value")


@pytest.mark.parametrize("change", [{"reason": " "}, {"expires_at": "past"}, {"expires_at": "far"}])
def test_an_entry_needs_a_reason_and_an_expiry_to_come(shop: Shop, change: dict[str, str]) -> None:
    moments = {"past": clock.now(), "far": clock.now() + timedelta(days=3651)}
    entry_id = add(shop, "b-7", "buyer")

    with pytest.raises(Invalid):
        manage_entries.change(
            shop.business_id,
            entry_id,
            reason=change.get("reason", "Fraud"),
            expires_at=moments.get(change.get("expires_at", "")),
        )


def test_a_file_is_imported_and_replaces_reasons(shop: Shop) -> None:
    add(shop, "a@b.example")
    rows = b"block,email,A+1@b.example,Again,\nwatch,address,203.0.113.7/24,Office,2099-01-01\n"

    with pytest.raises(Invalid) as refused:
        manage_entries.import_file(shop.business_id, HEAD + rows, actor="usr_1")
    before = len(list_entries(shop.business_id))
    rows = rows.replace(b"2099-01-01", b"")
    found = manage_entries.import_file(shop.business_id, HEAD + rows, actor="usr_1")

    values = {row.value: (row.list_name, row.reason) for row in list_entries(shop.business_id)}
    assert (refused.value.code, refused.value.details["line"], before) == ("invalid_risk_file", 3, 1)
    assert found == ImportResult(added=1, replaced=1)
    assert values == {"a@b.example": ("block", "Again"), "203.0.113.0/24": ("watch", "Office")}


def test_a_long_file_is_imported_in_one_go(shop: Shop) -> None:
    rows = "".join(f"block,buyer,b-{number},Leak,\n" for number in range(2_500))

    found = manage_entries.import_file(shop.business_id, HEAD + rows.encode(), actor="usr_1")

    with db.reading(shop.business_id):
        assert found.added == manage_entries._count() == 2_500


@pytest.mark.parametrize("content", [b"list,kind\nblock,buyer\n", b"\xff\xfe", HEAD + b"block,house,1,x,\n", b""])
def test_what_is_no_file_of_entries_is_refused(shop: Shop, content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        manage_entries.import_file(shop.business_id, content, actor="usr_1")

    assert refused.value.code == "invalid_risk_file"


def test_a_business_has_so_many_entries_at_most(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manage_entries, "MAX_ENTRIES", 1)
    add(shop, "b-1", "buyer")

    with pytest.raises(Conflict) as refused:
        add(shop, "b-2", "buyer")
    with pytest.raises(Conflict):
        manage_entries.import_file(shop.business_id, HEAD + b"block,buyer,b-2,Leak,\n", actor="usr_1")

    assert refused.value.code == "too_many_risk_entries"
    assert len(list_entries(shop.business_id)) == 1

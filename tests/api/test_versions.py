"""A key gets the API version of its creation, whatever has changed since."""

from __future__ import annotations

import pytest

from app.api.v1 import v1, versions
from app.api.v1.versions import CHANGES, Change
from app.core.ids import show
from app.domain.accounts.business.api_versions import NEWEST, OLDEST, VERSIONS
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import ProductCommand


@pytest.fixture
def files(merchant) -> str:
    made = manage_catalog.create_product(
        merchant.shop.business_id, ProductCommand(name="Font", delivery_kind="download"), actor="test"
    )
    return f"/v1/products/{show('prd', made)}/files"


def test_an_older_version_gets_the_answers_of_its_time(merchant, files: str) -> None:
    made = merchant.call("POST", files, (b"x", {"name": "font.otf"}))

    now = merchant.get(files)
    then = merchant.client.get(files, headers={"Authorization": f"Bearer {merchant.key}", "Bursar-Version": OLDEST})

    assert made.headers["Bursar-Version"] == now.headers["Bursar-Version"] == NEWEST
    assert then.headers["Bursar-Version"] == OLDEST
    [new], [old] = now.json["data"], then.json["data"]
    assert "uploaded_at" not in new
    assert old == {("uploaded_at" if name == "created_at" else name): value for name, value in new.items()}


def test_a_key_is_pinned_and_can_be_moved_on(merchant, files: str) -> None:
    merchant.call("POST", files, (b"x", {"name": "font.otf"}))
    [mine] = merchant.get("/v1/keys").json["data"]

    moved = merchant.call("PATCH", f"/v1/keys/{mine['id']}", {"api_version": OLDEST})
    response = merchant.client.get(files, headers={"Authorization": f"Bearer {merchant.key}"})
    rolled = merchant.post(f"/v1/keys/{mine['id']}/roll", {})

    assert mine["api_version"] == NEWEST
    assert moved.json["api_version"] == rolled.json["api_version"] == OLDEST
    assert (response.headers["Bursar-Version"], "uploaded_at" in response.json["data"][0]) == (OLDEST, True)


def test_a_version_that_never_was_is_refused(merchant) -> None:
    answer = merchant.call("GET", "/v1/orders", headers={"Bursar-Version": "2020-01-01"})

    assert (answer.status_code, answer.json["code"]) == (400, "unknown_version")


def test_changes_are_applied_in_their_order(monkeypatch) -> None:
    def add(letter: str):
        return lambda document: {"a": document["a"] + letter}

    between = tuple(
        Change(version=version, operations=frozenset({"x"}), says="", told_before=add(letter), meant_before=add(letter))
        for version, letter in (("2026-10-15", "1"), ("2026-11-22", "2"))
    )
    monkeypatch.setattr(versions, "CHANGES", between)

    assert versions.as_meant_now(b'{"a": ""}', "x", OLDEST) == b'{"a": "12"}'
    assert versions.as_meant_now(b'{"a": ""}', "x", "2026-10-15") == b'{"a": "2"}'
    assert versions.as_meant_now(b"[]", "x", OLDEST) == b"[]"
    assert versions.as_meant_now(b"{", "x", OLDEST) == b"{"
    assert versions.since(NEWEST, "x") == []


def test_every_change_is_about_something_there_is() -> None:
    names = {operation.name for operation in v1.operations}

    assert [each.version for each in CHANGES] == sorted(each.version for each in CHANGES)
    assert all(each.version in VERSIONS and each.operations <= names for each in CHANGES)

"""Operator keys: shown once, recognised by their hash, refused once revoked."""

from __future__ import annotations

from types import ModuleType

import pytest
from flask import Flask

from app.core.errors import Invalid, NotFound, Unauthenticated
from app.core.ids import new_id, show
from app.workflow.accounts.manage_operator_keys import (
    authenticate_operator,
    create_operator_key,
    operator_keys,
    revoke_operator_key,
)


@pytest.mark.usefixtures("app")
def test_a_key_counts_until_it_is_revoked(clock: ModuleType) -> None:
    made = create_operator_key("Back office")

    assert authenticate_operator(made.secret) == made.id
    first = _used(made.id)
    clock.move(120)
    authenticate_operator(made.secret)
    assert _used(made.id) != first
    revoke_operator_key(made.id)
    revoke_operator_key(made.id)
    with pytest.raises(Unauthenticated):
        authenticate_operator(made.secret)
    assert made.id not in {row.id for row in operator_keys()}


@pytest.mark.usefixtures("app")
def test_a_name_is_needed_and_the_secret_is_kept_by_nobody() -> None:
    for name in ("  ", "x" * 81):
        with pytest.raises(Invalid):
            create_operator_key(name)
    with pytest.raises(NotFound):
        revoke_operator_key(new_id())
    made = create_operator_key("Back office")

    [row] = [each for each in operator_keys() if each.id == made.id]
    assert made.secret not in str(tuple(row))
    assert row.hint.endswith(made.secret[-4:])


def test_by_command(app: Flask) -> None:
    run = app.test_cli_runner().invoke

    secret = run(args=["operator-keys", "create", "Back office"]).output.strip()
    name = show("opk", authenticate_operator(secret))
    listed = run(args=["operator-keys", "list"]).output
    revoked = run(args=["operator-keys", "revoke", name])

    assert any(line.startswith(name) and line.endswith("Back office") for line in listed.splitlines())
    assert revoked.exit_code == 0
    assert name not in run(args=["operator-keys", "list"]).output


def _used(key_id: object) -> object:
    return next(row.last_used_at for row in operator_keys() if row.id == key_id)

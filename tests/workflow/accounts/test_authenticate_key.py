"""Whose key it is, and when and from where it counts."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from types import ModuleType

import pytest
from sqlalchemy import select

from app.core.errors import Denied, Unauthenticated
from app.domain.accounts.business.models import ApiKey
from app.workflow.accounts import authenticate_key, manage_keys
from app.workflow.accounts.authenticate_key import FOR_PAGES, FOR_SERVERS
from app.workflow.accounts.manage_keys import KeyCommand
from tests.factories.shop import Shop


@pytest.fixture(autouse=True)
def unknown() -> Iterator[None]:
    authenticate_key.forget_known()
    yield
    authenticate_key.forget_known()


def test_a_key_is_its_businesss_and_of_its_kind(shop: Shop) -> None:
    made = {kind: manage_keys.create_key(shop.business_id, name=kind, kind=kind) for kind in ("secret", "publishable")}

    caller = authenticate_key.authenticate_key(made["secret"].secret)
    page = authenticate_key.authenticate_key(made["publishable"].secret, kinds=FOR_PAGES)

    assert (caller.business_id, caller.key_id) == (shop.business_id, made["secret"].id)
    assert page.key_id == made["publishable"].id
    assert caller.permissions == {"*"}
    for secret, kinds in ((made["secret"].secret, FOR_PAGES), (made["publishable"].secret, FOR_SERVERS)):
        with pytest.raises(Unauthenticated):
            authenticate_key.authenticate_key(secret, kinds=kinds)


def test_what_is_no_key_is_refused(shop: Shop) -> None:
    secret = manage_keys.create_key(shop.business_id, name="Till", kind="secret").secret

    for text in ("", "sk_live_nobody", secret[:-1], f"{secret}x", secret.upper()):
        with pytest.raises(Unauthenticated):
            authenticate_key.authenticate_key(text)


def test_a_revoked_key_is_refused_once_it_is_looked_up_again(shop: Shop) -> None:
    made = manage_keys.create_key(shop.business_id, name="Till", kind="secret")
    authenticate_key.authenticate_key(made.secret)

    manage_keys.revoke_key(shop.business_id, made.id)

    authenticate_key.forget_known()
    with pytest.raises(Unauthenticated):
        authenticate_key.authenticate_key(made.secret)


def test_a_restricted_key_may_do_what_its_scopes_say_and_from_its_networks(shop: Shop) -> None:
    command = KeyCommand("Reports", scopes=("orders.read",), addresses=("203.0.113.0/24",))
    made = manage_keys.make_key(shop.business_id, command, kind="restricted", actor="system")

    caller = authenticate_key.authenticate_key(made.secret)

    assert caller.permissions
    assert "*" not in caller.permissions
    caller.check("203.0.113.9")
    for address in ("203.0.114.9", None, "nonsense"):
        with pytest.raises(Denied):
            caller.check(address)


def test_its_use_is_noted_once_a_minute(shop: Shop, clock: ModuleType) -> None:
    made = manage_keys.create_key(shop.business_id, name="Till", kind="secret")

    noted = []
    for address, later in (("203.0.113.1", 0), ("203.0.113.2", 30), ("203.0.113.3", 60)):
        clock.move(later)
        authenticate_key.forget_known()
        authenticate_key.authenticate_key(made.secret, address=address)
        noted.append(_key(shop, made.id).last_used_address)

    assert noted == ["203.0.113.1", "203.0.113.1", "203.0.113.3"]


def _key(shop: Shop, key_id: uuid.UUID) -> ApiKey:
    row: ApiKey = shop.one(select(ApiKey.__table__).where(ApiKey.id == key_id))
    return row

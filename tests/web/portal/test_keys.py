"""API keys: shown once, revoked at once."""

from __future__ import annotations

import pytest

from app.core.errors import Unauthenticated
from app.workflow.manage_keys import authenticate_key
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_a_key_is_shown_once_works_and_is_revoked(shop: Shop, owner: Visitor) -> None:
    made = owner.get("/portal/keys").form("/portal/keys").send(name="Web server")
    secret = made.document.all("code")[0].text
    known = authenticate_key(secret).business_id

    listed = owner.get("/portal/keys")
    revoked = listed.form("/revoke").send()

    assert made.status == 201
    assert secret.startswith("sk_test_")
    assert known == shop.business_id
    assert secret not in listed.source
    assert secret[-4:] in listed.text
    assert "Revoked" in revoked.text
    with pytest.raises(Unauthenticated):
        authenticate_key(secret)


def test_a_key_needs_a_name(owner: Visitor) -> None:
    page = owner.get("/portal/keys").form("/portal/keys").send(name=" ")

    assert page.status == 422
    assert "No keys yet" in page.text

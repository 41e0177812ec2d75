"""API keys: shown once, narrowed, replaced, revoked at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.errors import Unauthenticated
from app.workflow.accounts.authenticate_key import authenticate_key
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_a_key_is_shown_once_works_and_is_revoked(shop: Shop, owner: Visitor) -> None:
    made = owner.get("/portal/keys/new").form("/portal/keys").send(name="Web server")
    secret = made.document.all("code")[0].text
    known = authenticate_key(secret)

    listed = owner.get("/portal/keys")
    revoked = listed.follow("Web server").form("/revoke").send()

    assert made.status == 201
    assert secret.startswith("sk_test_")
    assert (known.business_id, known.permissions) == (shop.business_id, {"*"})
    assert secret not in listed.source
    assert secret[-4:] in listed.text
    assert "Revoked" in revoked.text
    with pytest.raises(Unauthenticated):
        authenticate_key(secret)


def test_a_restricted_key_is_made_changed_and_replaced(owner: Visitor) -> None:
    form = owner.get("/portal/keys/new").form("/portal/keys")
    made = form.send(name="Reports", kind="restricted", scope_orders="read", addresses="203.0.113.9, 198.51.100.0/24")
    secret = made.document.all("code")[0].text

    changed = made.follow("I’ve copied it").follow("Change").form("/edit").send(scope_orders="write", addresses="")
    known = authenticate_key(secret)
    rolled = changed.form("/roll").send(overlap="3600")
    old = owner.get("/portal/keys")

    assert secret.startswith("rk_test_")
    assert (known.permissions, known.networks) == ({"orders.read", "orders.write"}, ())
    assert "Read and write" in changed.text
    assert "The old key works until" in rolled.text
    assert "Ending" in old.text
    assert authenticate_key(rolled.document.all("code")[0].text).permissions == known.permissions


def test_invalid_values_are_reported_beside_their_field(owner: Visitor) -> None:
    form = owner.get("/portal/keys/new").form("/portal/keys")

    nameless = form.send(name=" ")
    boundless = form.send(name="x", kind="restricted")
    nowhere = form.send(name="x", addresses="the office")
    past = form.send(name="x", expires_on="2020-01-01")

    assert [page.status for page in (nameless, boundless, nowhere, past)] == [422] * 4
    assert "at least one valid scope" in boundless.text
    assert "Enter addresses such as" in nowhere.text
    assert "in the future" in past.text
    assert "No keys yet" in owner.get("/portal/keys").text


def test_nobody_makes_or_rolls_a_key_that_may_do_more_than_they_may(
    shop: Shop, owner: Visitor, signed_in: Callable[..., Visitor]
) -> None:
    owner.get("/portal/keys/new").form("/portal/keys").send(name="Server")
    developer = signed_in(shop, "developer")
    form = developer.get("/portal/keys/new").form("/portal/keys")
    offered = form.page.document.all("input", name="kind") + form.page.document.all("input", name="scope_wallets")

    forged = [
        form.send(name="All", kind="secret"),
        form.send(name="Refunds", kind="restricted", scope_refunds="write"),
        form.send(name="Payouts", kind="restricted", scope_orders="read", scope_payouts="write"),
    ]
    own = form.send(name="Shop", kind="restricted", scope_products="write", scope_orders="read")
    theirs = developer.get("/portal/keys").follow("Server")
    key_id = theirs.path.rpartition("/")[2]
    own_form = developer.get("/portal/keys").follow("Shop").follow("Change").form("/edit")
    widened = own_form.send(scope_orders="write")

    assert [each.get("value") for each in offered] == ["restricted", "publishable", "none", "read"]
    assert [page.status for page in forged] == [422] * 3
    assert own.status == 201
    assert widened.status == 422
    assert "Ask an owner to roll it" in theirs.text
    rolled = developer.post(f"/portal/keys/{key_id}/roll", {**form.values(), "overlap": "0"})
    assert (rolled.status, "permissions that you don’t have" in rolled.text) == (422, True)
    assert "Revoked" in theirs.form("/revoke").send().text, "taking away is free"

"""The audit log in the portal: what people do there is recorded, filtered, and exported."""

from __future__ import annotations

from collections.abc import Callable

from tests.factories.shop import Shop
from tests.pages import Visitor


def test_what_people_do_is_recorded_with_before_and_after(owner: Visitor) -> None:
    assert "No changes yet" in owner.get("/portal/audit-log").text
    owner.get("/portal/keys/new").form("/portal/keys").send(name="=Till")

    page = owner.get("/portal/audit-log")

    assert "created API key" in page.text
    assert "=Till" in page.text
    assert "•••" in page.text
    assert "created API key" in owner.get("/portal/audit-log?what=api_keys&action=created").text
    assert "No results" in owner.get("/portal/audit-log?what=products").text
    assert "Not a valid ID" in owner.get("/portal/audit-log?id=%00x&from=never&cursor=x").text
    assert not owner.fragment("/portal/audit-log?who=nobody", "audit-list").is_whole


def test_the_file_is_what_the_list_shows(owner: Visitor) -> None:
    for name in ("=Till", "Website"):
        owner.get("/portal/keys/new").form("/portal/keys").send(name=name)

    whole = owner.get("/portal/audit-log").form("/export").download()
    nothing = owner.get("/portal/audit-log?what=products").form("/export").download()

    assert whole.splitlines()[0].startswith("time,who,name,address")
    assert ",created,API key,key_" in whole
    assert "'=Till" in whole
    assert len(nothing.splitlines()) == 1


def test_only_some_roles_see_it(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    assert signed_in(shop, "finance").get("/portal/audit-log").status == 200
    assert signed_in(shop, "support").get("/portal/audit-log").status == 403


def test_the_token_in_a_url_is_not_revealed(owner: Visitor) -> None:
    form = owner.get("/portal/webhooks/new").form("/portal/webhooks")
    form.send(url="http://127.0.0.1:9/hooks?token=hidden-one", extent="all")

    text = owner.get("/portal/audit-log?what=webhook_endpoints").text

    assert "http://127.0.0.1:9/hooks?…" in text
    assert "hidden-one" not in text

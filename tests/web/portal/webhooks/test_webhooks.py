"""A developer's day with webhooks: make an endpoint, see what it answered, send it again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core.ids import parse, show
from tests.factories.receiver import Receiver, deliveries_of, endpoint, listen, receiver, send
from tests.factories.shop import Shop
from tests.pages import Visitor


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def test_an_endpoint_is_made_and_its_secret_shown_once(shop: Shop, owner: Visitor, there: Receiver) -> None:
    assert "No endpoints yet" in owner.get("/portal/webhooks").text
    new = owner.get("/portal/webhooks/new")
    refused = new.form("/portal/webhooks").send(url="https://u:p@x.example", extent="all")
    nothing = new.form("/portal/webhooks").send(url=there.url, extent="some")
    made = new.form("/portal/webhooks").send(url=there.url, extent="all", description="Orders")
    there.secret = made.document.all("code")[0].text

    listed = owner.get("/portal/webhooks")
    shop.place()
    [path] = {link for link in listed.links if "/webhooks/whe_" in link}
    endpoint_id = parse("whe", path.rpartition("/")[2])
    send(shop, endpoint_id)

    assert (refused.status, nothing.status, made.status) == (422, 422, 201)
    assert there.secret.startswith("whsec_")
    assert there.secret not in listed.source
    assert there.types == ["order.created"]


def test_what_was_sent_is_looked_at_and_sent_again(shop: Shop, owner: Visitor, there: Receiver) -> None:
    endpoint_id = listen(shop, there, "order.created")
    there.answers = [(500, {"Server": "bear"}, b"out of honey <b>")]
    shop.place()
    send(shop, endpoint_id)
    path = f"/portal/webhooks/{show('whe', endpoint_id)}"
    [row] = deliveries_of(shop, endpoint_id)

    page = owner.get(f"/portal/webhooks/deliveries/{show('whd', row.id)}")
    sent = page.form("/again").send()
    send(shop, endpoint_id)
    again = owner.get(path).form("/replay").send(which="all")
    send(shop, endpoint_id)
    listed = owner.get(f"{path}?status=delivered")
    every = owner.get(path).follow("Find deliveries")
    narrow = owner.get("/portal/webhooks/deliveries?view=delivered&topic=order.created&order=oldest")
    file = narrow.form("/export").download()

    assert "out of honey <b>" in page.text
    assert "token=abc" not in page.source
    assert "Queued." in sent.text
    assert "1 delivery queued." in again.text
    assert listed.text.count("order.created") >= 2
    assert owner.get(f"{path}?status=failed").status == 200
    assert "endpoint_id=whe_" in every.path
    assert narrow.text.count("order.created") > file.count("order.created,delivered") >= 1
    assert "token=abc" not in file + every.source
    assert "No results" in owner.get(f"/portal/webhooks/deliveries?q={show('whd', shop.business_id)}").text
    assert show("whd", row.id) in owner.get(f"/portal/webhooks/deliveries?q={show('evt', row.event_id)}").source


def test_a_paused_endpoint_is_shown_at_home_and_can_be_enabled(shop: Shop, owner: Visitor, there: Receiver) -> None:
    endpoint_id = listen(shop, there, "order.created")
    there.answers = [(410, {}, b"")]
    shop.place()
    send(shop, endpoint_id)

    home = owner.get("/portal")
    response = owner.get(f"/portal/webhooks/{show('whe', endpoint_id)}")
    response.form("/enable").send(waiting="send")
    send(shop, endpoint_id)

    assert "A webhook endpoint is paused" in home.text
    assert "the endpoint returned 410 Gone" in response.text
    assert there.types == ["order.created"] * 2
    assert "A webhook endpoint" not in owner.get("/portal").text


def test_an_endpoint_is_changed_paused_rolled_tried_and_removed(shop: Shop, owner: Visitor, there: Receiver) -> None:
    endpoint_id = listen(shop, there, "order.*")
    path = f"/portal/webhooks/{show('whe', endpoint_id)}"

    owner.get(f"{path}/edit").form("/edit").send(url=there.url, extent="all", in_order="y")
    changed = endpoint(shop, endpoint_id).topics
    assert "Test sent" in owner.get(path).form("/test").send().text
    paused = owner.get(path).form("/pause").send()
    rolled = paused.form("/roll").send(overlap="3600")
    enabled = paused.form("/enable").send(waiting="skip")
    removed = owner.get(f"{path}/edit").form("/remove").send()

    assert changed == ["*"]
    assert "Paused manually" in paused.text
    assert "also signed with the old secret" in rolled.text
    assert "Enabled." in enabled.text
    assert "No endpoints yet" in removed.text
    assert "order.paid" in owner.get("/portal/webhooks/events").text

"""What shorter retention would remove is counted before it is saved, and is what goes then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import update

from app.core import clock as time
from app.core import db, ids
from app.core.db.models import IdempotencyKey
from app.domain.accounts.privacy import kinds
from app.domain.buyers.models import MailboxCode
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.read.accounts import retention_effects
from app.read.accounts.retention import retention
from app.read.accounts.settings import settings
from app.read.accounts.settings_effects import effects
from app.workflow.accounts.change_settings import change_settings
from app.workflow.operations import prune_personal
from app.workflow.orders import close_orders
from app.workflow.orders.place_order import place_order
from tests.factories.receiver import Receiver, listen, receiver, send
from tests.factories.request_logs import add_request
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def there() -> Iterator[Receiver]:
    """A system that takes what it is sent."""
    with receiver() as made:
        yield made


PAULA = Buyer(reference="paula-9", email="paula@buyers.example")
LEAST = {kind.setting: kind.keep.least for kind in kinds.CHOSEN if kind.keep}


def _ahead(shop: Shop, after: dict[str, Any]) -> dict[str, int]:
    before = settings(shop.business_id).values
    return {each.key: each.count for each in effects(shop.business_id, before, {**before, **after})}


def test_what_is_counted_is_what_goes(shop: Shop, there: Receiver, clock: ModuleType) -> None:
    endpoint_id = listen(shop, there, "order.created")
    shop.paid_order()
    place_order(shop.business_id, PlaceOrderCommand(items=[OrderItem(shop.sku_id, 1)], buyer=PAULA))
    send(shop, endpoint_id)
    clock.move(86_400)
    close_orders.close_due()
    clock.move(35 * 86_400)
    for days in (0, 2, 20):
        add_request(shop, days=days)
    prune_personal.prune_business(shop.business_id)
    counted = _ahead(shop, LEAST)

    change_settings(shop.business_id, LEAST, actor="test")
    prune_personal.prune_business(shop.business_id)

    gone = {each.kind.setting: each.removed for each in retention(shop.business_id).periods if each.removed}
    assert counted == gone
    assert counted["keep_requests_days"] == 2
    assert {"keep_exchanges_days", "keep_unpaid_days"} <= counted.keys()


def test_deliveries_exports_and_answers_are_counted_too(shop: Shop, there: Receiver, clock: ModuleType) -> None:
    endpoint_id = listen(shop, there, "order.created")
    shop.place()
    send(shop, endpoint_id)
    clock.move(10 * 86_400)
    at = time.now() - timedelta(days=5)
    with db.phase("test.key", shop.business_id):
        about = {"route": "POST /v1/orders", "key": "k", "body_hash": ""}
        db.add(IdempotencyKey, id=ids.first_at(at), created_at=at, **about)
    change_settings(shop.business_id, {"keep_answers_days": 30}, actor="test")

    assert _ahead(shop, LEAST) == {"keep_webhooks_days": 1, "keep_answers_days": 1}
    assert _ahead(shop, {"keep_webhooks_days": 11, "keep_answers_days": 6}) == {}


def test_keeping_longer_removes_nothing(shop: Shop) -> None:
    add_request(shop, days=20)

    assert _ahead(shop, {"keep_requests_days": 90}) == {}
    assert _ahead(shop, {"keep_requests_days": 21}) == {}
    assert _ahead(shop, {"keep_requests_days": 20}) == {"keep_requests_days": 1}


def test_nothing_of_another_business_is_counted(new_shop: Any) -> None:
    mine, other = new_shop(), new_shop()
    add_request(other, days=20)

    assert _ahead(mine, LEAST) == {}


def test_a_great_many_are_not_counted_to_the_end(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention_effects, "MAX_COUNTED", 2)
    monkeypatch.setattr("app.read.accounts.settings_effects.MAX_COUNTED", 2)
    for days in (10, 11, 12):
        add_request(shop, days=days)
    before = settings(shop.business_id).values

    [effect] = effects(shop.business_id, before, {**before, "keep_requests_days": 5})

    assert (effect.count, effect.text) == (2, "Rows of “Request log” that are removed or emptied for good: at least 2.")


def test_addresses_that_codes_were_sent_to_go_by_themselves(shop: Shop, clock: ModuleType) -> None:
    with db.phase("test.code", shop.business_id):
        about = {"email": "ada@buyers.example", "locale": "en", "ciphertext": "x"}
        db.add(MailboxCode, expires_at=time.now() + timedelta(minutes=10), **about)
    clock.move(3 * 86_400)
    with db.system_phase("test.expired"):
        past = time.now() - timedelta(days=3000)
        db.run(update(MailboxCode).where(MailboxCode.business_id == shop.business_id).values(expires_at=past))

    prune_personal.prune_business(shop.business_id)

    [row] = shop.many(MailboxCode.__table__.select())
    assert row.email == ""

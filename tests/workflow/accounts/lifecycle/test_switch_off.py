"""What an operator switches off is off at once, in one business or in all, and on again by itself."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core import clock, context, db
from app.core.errors import AppError, Invalid, NotFound
from app.core.ids import show
from app.domain.accounts.business.errors import OrdersLater, SwitchedOff
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.switch_kinds import MAX_MINUTES, OwnSwitch, SwitchKind
from app.domain.accounts.business.switch_models import InstallationSwitch
from app.domain.accounts.business.switches import kinds_on
from app.read.insights.saved_views import get_export
from app.read.orders.orders_list import ORDERS
from app.workflow.accounts.lifecycle.switch_off import SwitchCommand, history, states, switch_off, switch_on
from app.workflow.insights import archive_business, make_export
from app.workflow.insights.make_export import ExportCommand
from app.workflow.subscriptions import renew_contracts
from app.workflow.webhooks.make_deliveries import make_deliveries
from app.workflow.webhooks.send_webhooks import LANES, due_endpoints
from tests.factories.contracts import cycles, make_due, plan_of, sign
from tests.factories.receiver import listen, receiver, send
from tests.factories.shop import Shop

LATER = SwitchCommand("orders_later", 30, "The warehouse is flooded")


@pytest.fixture(autouse=True)
def _on_again(app: Flask) -> Iterator[None]:
    """What is off everywhere would be off for other tests, too."""
    assert app
    yield
    for kind in SwitchKind:
        switch_on(None, kind)


def _on(shop: Shop) -> list[str]:
    with db.reading(shop.business_id):
        return list(db.scalar(select(kinds_on()).select_from(Business).where(Business.id == shop.business_id)))


def test_new_orders_wait_and_placed_ones_are_paid(shop: Shop) -> None:
    placed = shop.place()

    switch_off(shop.business_id, LATER)
    with pytest.raises(AppError) as refused:
        shop.place()
    paid = shop.pay(placed)
    switch_on(shop.business_id, "orders_later")

    assert (refused.value.code, refused.value.http_status) == ("orders_later", 403)
    assert paid
    assert shop.place()


@pytest.mark.parametrize(("left_s", "on"), [(60, ["orders_later"]), (0, [])])
def test_one_of_a_business_ends_by_itself(shop: Shop, left_s: int, on: list[str]) -> None:
    switch_off(shop.business_id, LATER)
    times = {"set_at": _in_s(-600), "until": _in_s(left_s)}
    own = OwnSwitch(reason="x", set_by="x", set_at=times["set_at"].isoformat(), until=times["until"].isoformat())
    with db.system_phase("test.time"):
        db.run(update(Business).where(Business.id == shop.business_id).values(switches={"orders_later": own}))

    assert _on(shop) == on
    assert [each.kind for each in states(shop.business_id)] == on
    if not on:
        assert shop.place()


@pytest.mark.parametrize(("left_s", "on"), [(60, ["orders_later"]), (0, [])])
def test_one_of_all_ends_by_itself_and_can_begin_anew(shop: Shop, left_s: int, on: list[str]) -> None:
    switch_off(None, LATER)
    times = {"created_at": _in_s(-600), "expires_at": _in_s(left_s)}
    with db.system_phase("test.time"):
        db.run(update(InstallationSwitch).where(InstallationSwitch.ended_at.is_(None)).values(**times))

    assert _on(shop) == [each.kind for each in states(None)] == on
    switch_off(None, LATER)
    assert _on(shop) == ["orders_later"]
    assert history()[1].until <= clock.actual()


def _in_s(seconds: int) -> datetime:
    return clock.actual() + timedelta(seconds=seconds)


def test_everywhere_is_in_every_business_and_one_is_in_one(new_shop: Callable[..., Shop]) -> None:
    one, other = new_shop(), new_shop()

    switch_off(one.business_id, SwitchCommand("exports_off", 5, "Slow"))
    switch_off(None, SwitchCommand("webhooks_deferred", 5, "Moving"))

    assert _on(one) == ["exports_off", "webhooks_deferred"]
    assert _on(other) == ["webhooks_deferred"]
    assert [(each.kind, each.is_everywhere) for each in states(one.business_id)] == [
        ("webhooks_deferred", True),
        ("exports_off", False),
    ]
    switch_on(None, "webhooks_deferred")
    switch_on(None, "webhooks_deferred")
    assert _on(other) == []
    assert (history()[0].reason, history()[0].ended_by) == ("Moving", "system")


@pytest.mark.parametrize("everywhere", [False, True])
def test_two_at_once_leave_one(shop: Shop, *, everywhere: bool) -> None:
    where = None if everywhere else shop.business_id

    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda why: switch_off(where, SwitchCommand("exports_off", 5, why)), ("one", "other")))

    [state] = states(shop.business_id)
    assert state.reason in ("one", "other")
    switch_on(where, "exports_off")
    assert _on(shop) == []


def test_webhooks_wait_and_are_sent_in_their_order(shop: Shop) -> None:
    with receiver() as there:
        endpoint_id = listen(shop, there, "order.created")
        switch_off(shop.business_id, SwitchCommand("webhooks_deferred", 5, "The receiver is moving"))
        placed = [show("ord", shop.place()) for _ in range(2)]
        make_deliveries(shop.business_id)
        waiting = _due_lanes(endpoint_id)
        switch_on(shop.business_id, "webhooks_deferred")
        due = _due_lanes(endpoint_id)
        send(shop, endpoint_id)

    assert (waiting, due) == ([], ["new"])
    assert [each["object_id"] for each in there.received] == placed


def _due_lanes(endpoint_id: uuid.UUID) -> list[str]:
    return [lane for lane in LANES if endpoint_id in {each for _, each in due_endpoints(lane, limit=1000)}]


def test_exports_in_progress_wait_and_new_ones_are_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_export, "AT_ONCE", 1)
    monkeypatch.setattr(make_export, "BATCH", 1)
    for _ in range(3):
        shop.place()
    running = make_export.start_export(shop.business_id, ORDERS, ExportCommand(columns=("order",)), holder="usr_x")
    switch_off(shop.business_id, SwitchCommand("exports_off", 5, "The database is slow"))

    make_export.work_due()
    waiting = get_export(shop.business_id, running, "usr_x").key
    for start in (
        lambda: make_export.start_export(shop.business_id, ORDERS, ExportCommand(), holder="usr_x"),
        lambda: archive_business.start_archive(shop.business_id, holder="usr_x"),
    ):
        with pytest.raises(SwitchedOff, match="Exports are switched off"):
            start()
    switch_on(shop.business_id, "exports_off")
    make_export.work_due()

    assert waiting is None
    assert get_export(shop.business_id, running, "usr_x").key


def test_contracts_renew_while_orders_wait(shop: Shop) -> None:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    contract_id = sign(shop, plan_of(shop))
    shop.work_off()
    switch_off(shop.business_id, SwitchCommand("orders_later", MAX_MINUTES, "Flood"))

    make_due(shop, contract_id)
    renew_contracts.act(shop.business_id, contract_id)

    assert [each.status for each in cycles(shop, contract_id)] == ["paid", "paid"]
    with pytest.raises(OrdersLater):
        sign(shop, plan_of(shop), buyer="buyer-2")
    switch_on(shop.business_id, "orders_later")


def test_who_did_it_is_known(shop: Shop) -> None:
    with context.item(actor="operator:usr_x"):
        switch_off(shop.business_id, LATER)

    assert [each.set_by for each in states(shop.business_id)] == ["operator:usr_x"]


@pytest.mark.parametrize(
    "command",
    [
        SwitchCommand("everything", 5, "Why"),
        SwitchCommand("orders_later", 0, "Why"),
        SwitchCommand("orders_later", MAX_MINUTES + 1, "Why"),
        SwitchCommand("orders_later", 5, " \n"),
    ],
)
def test_what_cannot_be_is_refused(shop: Shop, command: SwitchCommand) -> None:
    for where in (shop.business_id, None):
        with pytest.raises(Invalid):
            switch_off(where, command)

    assert _on(shop) == []


def test_the_longest_is_a_week(shop: Shop) -> None:
    switch_off(shop.business_id, SwitchCommand("exports_off", MAX_MINUTES, "Why"))
    switch_off(None, SwitchCommand("exports_off", MAX_MINUTES, "Why"))

    assert len(states(shop.business_id)) == 2


def test_no_business_has_no_switch() -> None:
    with pytest.raises(NotFound):
        switch_off(uuid.uuid4(), LATER)
    with pytest.raises(NotFound):
        states(uuid.uuid4())

"""The process is stopped dead while a business is archived, closed or erased; another one carries on, and each is done
once."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from app.core import clock, db
from app.core.files import store
from app.core.ids import parse
from app.domain.accounts.business.models import Approval, Business, Membership
from app.domain.accounts.business.tiers import TierLimit
from app.domain.accounts.privacy.models import Erasure
from app.domain.insights.lists.models import Export, ExportPart
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.lib.some import some
from app.read.accounts import approvals
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.lifecycle import (
    close_business,
    erase_business,
    limit_business,
    limit_resource,
    suspend_business,
)
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from app.workflow.insights import archive_business, make_export
from app.workflow.orders.place_order import place_order
from tests.factories.people import make_members
from tests.factories.shop import Shop
from tests.faults.conftest import points_of

ANN, BEN = "usr_01jd63x2hbfg6rw3r000000001", "usr_01jd63x2hbfg6rw3r000000002"
BUYER, EMAIL = "buyer-gone-4711", "gone@buyer.example"
ARCHIVE = (
    "archive_business.part.before_commit",
    "archive_business.part.after",
    "archive_business.part.after:5",
    "archive_business.finish.before_commit",
    "archive_business.finish.after",
)
CLOSE = (
    "decide_approval.decide.after",
    "close_business.close.before_commit",
    "close_business.close.after",
    "decide_approval.finish.before_commit",
)
ERASE = (
    "erase_business.lock_out.before_commit",
    "erase_business.lock_out.after",
    "erase_business.page.after",
    *(f"erase_business.page.after:{number}" for number in range(5, len(erase_business.STEPS) + 1, 4)),
    "erase_business.page.before_commit:20",
    "erase_business.finish.before_commit",
    "erase_business.finish.after",
    "decide_approval.finish.before_commit",
)


@pytest.mark.parametrize("point", ARCHIVE)
def test_an_archive_has_every_row_once(shop: Shop, dies: Callable[..., None], point: str) -> None:
    placed = sorted(str(shop.place()) for _ in range(3))
    export_id = archive_business.start_archive(shop.business_id, holder="usr_x")

    dies(shop, "export", export_id, at=point)

    while make_export.work(shop.business_id, export_id):
        pass
    run = shop.one(Export.__table__.select().where(Export.id == export_id))
    with zipfile.ZipFile(io.BytesIO(store.get(run.key))) as archive:
        orders = [json.loads(line)["id"] for line in archive.read("orders.jsonl").splitlines()]
        manifest = json.loads(archive.read("manifest.json"))
    assert sorted(orders) == placed
    assert manifest["rows"] == sum(manifest["tables"].values()) == run.rows
    assert shop.many(ExportPart.__table__.select()) == []


@pytest.mark.parametrize("point", CLOSE)
def test_a_business_closes_once(shop: Shop, dies: Callable[..., None], point: str) -> None:
    make_members(shop.business_id, ANN, BEN)
    approval_id = _asked_to_close(shop)
    if point != CLOSE[0]:
        decide_approval.approve(shop.business_id, approval_id, actor=BEN)
        _let_wait(shop, approval_id)

    dies(shop, "approve" if point == CLOSE[0] else "carry_out", approval_id, at=point)

    if point == CLOSE[0]:
        _let_wait(shop, approval_id)
    ended = [decide_approval.carry_out(shop.business_id, approval_id) for _ in range(2)]
    assert ended == ["done", "done"]
    assert _business(shop).closed_at is not None
    shop.audit()


@pytest.mark.parametrize("point", ["limit_business.set_limit.before_commit", "limit_business.set_limit.after"])
def test_a_limit_is_set_once(shop: Shop, dies: Callable[..., None], point: str) -> None:
    dies(shop, "limit", shop.business_id, at=point)
    before = _business(shop).tier_limits

    limit_business.set_limit(shop.business_id, "pay", TierLimit(per_s=2, burst=4))

    assert (before == {}) == point.endswith("before_commit")
    assert _business(shop).tier_limits == {"pay": {"per_s": 2, "burst": 4}}
    shop.audit()


@pytest.mark.parametrize("point", ["limit_resource.write.before_commit", "limit_resource.write.after"])
def test_a_limit_of_what_is_owned_is_set_once(shop: Shop, dies: Callable[..., None], point: str) -> None:
    dies(shop, "limit resource", shop.business_id, at=point)
    before = _business(shop).resource_limits

    limit_resource.limit_resource(shop.business_id, "plans", 2, reason="test")

    assert (before == {}) == point.endswith("before_commit")
    assert _business(shop).resource_limits["plans"]["most"] == 2
    assert before in ({}, _business(shop).resource_limits)
    shop.audit()


@pytest.mark.parametrize("point", ["suspend_business.suspend.before_commit", "suspend_business.suspend.after"])
def test_a_business_is_read_only_once(shop: Shop, dies: Callable[..., None], point: str) -> None:
    dies(shop, "suspend", shop.business_id, at=point)
    before = _business(shop).suspended

    suspend_business.suspend(shop.business_id, level="read_only", reason="Seen")

    assert (before is None) == point.endswith("before_commit")
    assert _business(shop).suspended == "read_only"
    shop.audit()


@pytest.mark.parametrize("point", ERASE)
def test_a_business_is_erased_once(shop: Shop, dies: Callable[..., None], point: str) -> None:
    make_members(shop.business_id, ANN, BEN)
    order_id = _history(shop)
    _close(shop)
    shop.work_off()
    asked = erase_business.request_business_erasure(shop.business_id, reason="All is paid.", actor=ANN)
    approval_id = _approved(shop, asked.details["approval_id"])

    dies(shop, "carry_out", approval_id, at=point)

    ended = [decide_approval.carry_out(shop.business_id, approval_id) for _ in range(2)]
    assert ended == ["done", "done"]
    assert approvals.get_approval(shop.business_id, approval_id).problem == ""
    [run] = shop.many(select(Erasure.__table__))
    assert (run.ciphertext, run.finished_at is not None) == ({}, True)
    assert _named(shop) == []
    assert shop.many(select(Membership.id).where(Membership.left_at.is_(None))) == []
    rights = {row.buyer_reference for row in shop.many(text("SELECT buyer_reference FROM entitlements"))}
    assert rights == {shop.order(order_id).buyer_reference}
    shop.audit()


def test_these_points_exist() -> None:
    known = {point.split(":")[0] for point in (*ARCHIVE, *CLOSE, *ERASE)}
    there = [points_of(name) for name in ("archive_business", "approvals/decide_approval", "lifecycle/close_business")]
    assert known <= set().union(*there, points_of("lifecycle/erase_business"))


def _asked_to_close(shop: Shop) -> uuid.UUID:
    asked = close_business.request_closure(shop.business_id, reason="We stop.", actor=ANN)
    return parse("apr", asked.details["approval_id"])


def _close(shop: Shop) -> None:
    approval_id = _asked_to_close(shop)
    decide_approval.approve(shop.business_id, approval_id, actor=BEN)
    _let_wait(shop, approval_id)
    assert decide_approval.carry_out(shop.business_id, approval_id) == "done"


def _approved(shop: Shop, public_id: str) -> uuid.UUID:
    approval_id = parse("apr", public_id)
    decide_approval.approve(shop.business_id, approval_id, actor=BEN)
    _let_wait(shop, approval_id)
    return approval_id


def _let_wait(shop: Shop, approval_id: uuid.UUID) -> None:
    """The waiting time is over."""
    with db.phase("test.waited", shop.business_id):
        db.write(db.change(Approval, approval_id, not_before=clock.actual()), expect=1)


def _history(shop: Shop) -> uuid.UUID:
    create_buyer(shop.business_id, BuyerCommand(reference=BUYER, email=EMAIL, name="Frau Gone"), actor="test")
    buyer = Buyer(reference=BUYER, email=EMAIL, phone="+491701234567")
    order_id = place_order(shop.business_id, PlaceOrderCommand(items=[OrderItem(shop.sku_id, 1)], buyer=buyer))
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id


def _named(shop: Shop) -> list[str]:
    """The tables in which the buyer is named still."""
    found = []
    for name, table in db.Base.metadata.tables.items():
        if "business_id" in table.columns:
            said = f"CAST(t.* AS text) ILIKE '%{BUYER}%' OR CAST(t.* AS text) ILIKE '%{EMAIL}%'"
            query = f"SELECT 1 FROM {name} t WHERE t.business_id = '{shop.business_id}' AND ({said}) LIMIT 1"
            found += [name] if shop.many(text(query)) else []
    return found


def _business(shop: Shop) -> Business:
    with db.system_reading():
        return some(db.first(select(db.table(Business)).where(Business.id == shop.business_id)))

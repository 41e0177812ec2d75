"""Files of members: granted as by hand, once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core import db
from app.domain.catalog.models import Sku
from app.read.catalog import imports
from app.read.fulfilment import members_resource
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from app.workflow.buyers.merge_buyers import merge_buyers
from app.workflow.catalog import import_products
from tests.factories.approvals import ANN, BEN
from tests.factories.imports import applied, counts, refused, sent, worked
from tests.factories.memberships import grant, member, membership_of
from tests.factories.people import make_members
from tests.factories.shop import Shop

NOW = datetime.now(UTC).replace(microsecond=0)
ENDS = (NOW + timedelta(days=40)).isoformat()
SINCE = (NOW - timedelta(days=100)).isoformat()


@pytest.fixture
def shop(new_shop: Callable[..., Shop]) -> Iterator[Shop]:
    made = new_shop()
    yield made
    made.audit()


def code(shop: Shop) -> str:
    with db.reading(shop.business_id):
        found: str = db.get(Sku, shop.sku_id).code
    return found


def table(shop: Shop, *rows: str) -> str:
    sku = code(shop)
    lines = [each.replace("SKU", sku) for each in rows]
    return "\n".join(["buyer,email,sku,starts,ends,reason", *lines]) + "\n"


def changes(shop: Shop, membership_id: uuid.UUID) -> list[Any]:
    return list(members_resource.list_changes(shop.business_id, membership_id, after=None, limit=10))


def test_a_member_of_elsewhere_keeps_since_when_and_until_when(shop: Shop) -> None:
    run = applied(shop, "memberships", table(shop, f"ann,,SKU,{SINCE},{ENDS},From the old shop"))

    row = member(shop, membership_of(shop, "ann"))
    assert counts(run) == ("done", 1, 0, 0, 0, 1)
    assert (row.starts_at.isoformat(), row.ends_at.isoformat(), row.email) == (SINCE, ENDS, None)
    [change] = changes(shop, row.id)
    assert (change.kind, change.reason, change.actor) == ("imported", "From the old shop", "test")


def test_the_same_file_again_grants_nothing(shop: Shop) -> None:
    content = table(shop, f"ann,,SKU,,{ENDS},")
    applied(shop, "memberships", content)

    again = applied(shop, "memberships", content)

    assert counts(again) == ("done", 0, 0, 1, 0, 0)
    assert len(changes(shop, membership_of(shop, "ann"))) == 1


def test_who_is_a_member_gets_what_is_missing(shop: Shop) -> None:
    membership_id = grant(shop, "ann", 10)
    before = member(shop, membership_id)

    run = sent(shop, "memberships", table(shop, f"ann,,SKU,,{ENDS},"))
    [row] = imports.import_rows(shop.business_id, run.id)
    import_products.apply(shop.business_id, run.id, actor="test", kind="memberships")
    worked(shop, "memberships", run.id)

    after = member(shop, membership_id)
    assert (row.kind, list(row.changes)) == ("change", ["ends"])
    assert after.starts_at == before.starts_at
    assert timedelta() <= after.ends_at - datetime.fromisoformat(ENDS) < timedelta(seconds=1)


def test_a_day_ends_when_it_is_over_where_the_business_is(shop: Shop) -> None:
    applied(shop, "memberships", table(shop, "ann,,SKU,,2099-01-31,"))

    assert member(shop, membership_of(shop, "ann")).ends_at.date().isoformat() in ("2099-01-31", "2099-02-01")


def test_a_buyer_is_found_by_a_proven_address_and_after_a_merge(shop: Shop) -> None:
    command = BuyerCommand(reference="ann", email="ann@example.com", email_verified=True)
    ann = create_buyer(shop.business_id, command, actor="test")
    old = create_buyer(shop.business_id, BuyerCommand(reference="old", email="old@example.com"), actor="test")
    merge_buyers(shop.business_id, old, into=ann, reason="same", actor="test")

    content = table(shop, f",ANN@example.com,SKU,,{ENDS},", f",old@example.com,SKU,,{ENDS},", f"old,,SKU,,{ENDS},")
    run = applied(shop, "memberships", content)

    assert {line: list(errors) for line, errors in refused(shop, run).items()} == {3: ["email"]}
    assert len(changes(shop, membership_of(shop, "ann"))) == 1


def test_what_cannot_be_is_said_by_line_and_column(shop: Shop) -> None:
    content = table(
        shop,
        *(f",,SKU,,{ENDS},", f"ann,,nothing,,{ENDS},", "bob,,SKU,,soon,", f"cat,,SKU,,{SINCE},"),
        *(f"dan,,SKU,{ENDS},2099-01-01,", "eve,,SKU,,,", "fay,,SKU,,9999-12-31,"),
    )

    run = sent(shop, "memberships", content)

    assert {line: list(errors) for line, errors in refused(shop, run).items()} == {
        **{2: ["buyer"], 3: ["sku"], 4: ["ends"], 5: ["ends"], 6: ["starts"], 7: ["ends"], 8: ["ends"]}
    }


def test_mail_is_only_written_to_whom_it_was_ticked_for(shop: Shop) -> None:
    content = table(shop, f"ann,ann@example.com,SKU,,{ENDS},")
    applied(shop, "memberships", content, with_mail=True)
    applied(shop, "memberships", content.replace("ann", "bob"))

    assert member(shop, membership_of(shop, "ann")).email == "ann@example.com"
    assert member(shop, membership_of(shop, "bob")).email is None


def test_nobody_gets_round_an_approval_by_a_file(shop: Shop) -> None:
    make_members(shop.business_id, ANN, BEN)
    set_approval_limits(shop.business_id, {"membership": {"DAY": 30}})

    run = sent(shop, "memberships", table(shop, f"ann,,SKU,,{ENDS},"), actor=ANN)

    assert list(refused(shop, run)[2]) == ["ends"]


def test_the_limits_of_who_applies_a_file_count(shop: Shop) -> None:
    make_members(shop.business_id, ANN, BEN)
    run = sent(shop, "memberships", table(shop, f"ann,,SKU,,{ENDS},"), actor="test")
    set_approval_limits(shop.business_id, {"membership": {"DAY": 30}})

    import_products.apply(shop.business_id, run.id, actor=ANN, kind="memberships")
    done = worked(shop, "memberships", run.id)

    assert (done.applied, done.applied_by) == (0, ANN)
    assert list(refused(shop, done)[2]) == ["ends"]


def test_two_files_at_once_grant_once(shop: Shop) -> None:
    content = table(shop, f"ann,,SKU,,{ENDS},")
    first, second = sent(shop, "memberships", content), sent(shop, "memberships", content)
    for run in (first, second):
        import_products.apply(shop.business_id, run.id, actor="test", kind="memberships")

    done = [worked(shop, "memberships", run.id) for run in (first, second)]

    assert [run.status for run in done] == ["done", "done"]
    assert len(changes(shop, membership_of(shop, "ann"))) == 1

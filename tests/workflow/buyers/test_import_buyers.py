"""Files of buyers: looked through, applied, and what they never do."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from app.core.db.models import OutboxEvent
from app.core.errors import NotFound
from app.domain.buyers.models import Buyer, BuyerConsent
from app.read.buyers.buyers import get_buyer
from app.read.catalog import imports
from app.workflow.buyers import import_buyers
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from app.workflow.buyers.merge_buyers import merge_buyers
from app.workflow.catalog import import_products
from tests.factories.imports import applied, counts, refused, sent, worked
from tests.factories.shop import Shop

FILE = """reference,email,phone,name,language,groups,attribute.tax_id,address_line1,city,country,\
consent.marketing_email,consent_source
B-1,Ada@Example.com,+49 151 12345678,Ada,de,vip;press,DE1,Main St 1,Berlin,DE,yes,old shop
B-2,,,Bea,,,,,,,no,old shop
"""


@pytest.fixture
def shop(new_shop: Callable[..., Shop]) -> Iterator[Shop]:
    made = new_shop()
    yield made
    made.audit()


def buyers(shop: Shop) -> dict[str, Any]:
    table = Buyer.__table__
    return {row.reference: row for row in shop.many(select(table).where(table.c.business_id == shop.business_id))}


def test_nothing_changes_before_it_is_applied(shop: Shop) -> None:
    run = sent(shop, "buyers", FILE)

    assert counts(run) == ("ready", 2, 0, 0, 0, 0)
    assert (buyers(shop), run.key) == ({}, "")


def test_a_file_that_nobody_applies_is_discarded_after_a_month(shop: Shop, clock: ModuleType) -> None:
    run, products = sent(shop, "buyers", FILE), sent(shop, "products", "product,sku,price,currency\nBook,BOOK,5,USD\n")
    clock.move(31 * 86_400)

    import_products.discard_forgotten()

    assert imports.import_of(shop.business_id, run.id, kind="buyers").row.status == "discarded"
    assert all(row.cells == {} for row in imports.import_rows(shop.business_id, run.id, kind="", behind=0))
    assert imports.import_of(shop.business_id, products.id).row.status == "ready"


def test_buyers_are_made_with_all_that_the_file_says(shop: Shop) -> None:
    run = applied(shop, "buyers", FILE)

    ada, bea = buyers(shop)["B-1"], buyers(shop)["B-2"]
    assert counts(run) == ("done", 2, 0, 0, 0, 2)
    assert (ada.email, ada.phone, ada.name, ada.locale) == ("ada@example.com", "+4915112345678", "Ada", "de")
    assert (ada.groups, ada.attributes) == (["vip", "press"], {"tax_id": "DE1"})
    assert ada.addresses == [{"line1": "Main St 1", "city": "Berlin", "country": "DE"}]
    assert (ada.source, ada.email_verified_at, ada.phone_verified_at, bea.email) == ("import", None, None, None)
    consents = shop.many(select(BuyerConsent.__table__).order_by(BuyerConsent.__table__.c.id))
    assert [(row.kind, row.granted, row.source) for row in consents] == [
        ("marketing_email", True, "old shop"),
        ("marketing_email", False, "old shop"),
    ]
    assert _told(shop, "buyer.created") == 2


def test_the_same_file_again_changes_nothing(shop: Shop) -> None:
    applied(shop, "buyers", FILE)

    again = applied(shop, "buyers", FILE)

    assert counts(again) == ("done", 0, 0, 2, 0, 0)
    assert (_told(shop, "buyer.updated"), len(shop.many(select(BuyerConsent.__table__)))) == (0, 2)


def test_what_differs_is_shown_and_changed_and_empty_cells_leave_things(shop: Shop) -> None:
    applied(shop, "buyers", FILE)
    later = "reference,name,language,attribute.size,consent.marketing_email,consent_source\nB-1,Ada L,,M,no,call\n"

    run = sent(shop, "buyers", later)
    [row] = imports.import_rows(shop.business_id, run.id)
    import_products.apply(shop.business_id, run.id, actor="test", kind="buyers")
    worked(shop, "buyers", run.id)

    assert row.changes == {
        "name": ["Ada", "Ada L"],
        "attributes": ["tax_id: DE1", "tax_id: DE1, size: M"],
        "consent.marketing_email": ["", "no"],
    }
    ada = buyers(shop)["B-1"]
    assert (ada.name, ada.locale, ada.attributes) == ("Ada L", "de", {"tax_id": "DE1", "size": "M"})


def test_what_cannot_be_is_said_by_line_and_column(shop: Shop) -> None:
    rows = "B-1,x,1,en\n,a@example.com,,\nB-3,,,!\nB-4,b@example.com,,\nB-4,c@example.com,,\n"

    run = applied(shop, "buyers", f"reference,email,phone,language\n{rows}")

    found = {line: sorted(errors) for line, errors in refused(shop, run).items()}
    assert found == {2: ["email", "phone"], 3: ["reference"], 4: ["language"], 6: ["reference"]}
    assert (counts(run)[4:], list(buyers(shop))) == ((4, 1), ["B-4"])


def test_an_address_is_said_and_never_proven_by_a_file(shop: Shop) -> None:
    command = BuyerCommand(reference="B-1", email="ada@example.com", email_verified=True)
    ada = create_buyer(shop.business_id, command, actor="test")
    before = get_buyer(shop.business_id, ada)

    other = applied(shop, "buyers", "reference,email\nB-1,other@example.com\nB-2,ada@example.com\n")
    same = applied(shop, "buyers", "reference,email,name\nB-1,ADA@example.com,Ada\n")

    after = get_buyer(shop.business_id, ada)
    assert (list(refused(shop, other)[2]), counts(other)[4:], counts(same)[-1]) == (["email"], (1, 1), 1)
    assert (after.email, after.email_verified_at, after.name) == ("ada@example.com", before.email_verified_at, "Ada")
    assert (buyers(shop)["B-2"].email_verified_at, buyers(shop)["B-2"].status) == (None, "active")


def test_who_was_merged_is_refused(shop: Shop) -> None:
    one, two = (
        create_buyer(shop.business_id, BuyerCommand(reference=reference), actor="test") for reference in ("B-1", "B-2")
    )
    merge_buyers(shop.business_id, one, into=two, reason="same person", actor="test")

    run = sent(shop, "buyers", "reference,name\nB-1,Ada\n")

    assert refused(shop, run) == {2: {"reference": "this buyer was merged"}}


def test_two_files_at_once_make_each_buyer_once(shop: Shop) -> None:
    first, second = sent(shop, "buyers", FILE), sent(shop, "buyers", FILE)
    for run in (first, second):
        import_products.apply(shop.business_id, run.id, actor="test", kind="buyers")

    import_products.work(shop.business_id, first.id)
    import_products.work(shop.business_id, second.id)
    done = [worked(shop, "buyers", run.id) for run in (first, second)]

    assert [counts(run)[0] for run in done] == ["done", "done"]
    assert (len(buyers(shop)), _told(shop, "buyer.created")) == (2, 2)


def test_of_people_nothing_is_kept_in_the_import(shop: Shop) -> None:
    run = applied(shop, "buyers", FILE + "B-3,x,,,,,,,,,,\n")
    thrown = sent(shop, "buyers", "reference,name\nB-9,Zoe\n")
    import_products.discard(shop.business_id, thrown.id, actor="test", kind="buyers")

    for each in (run, thrown):
        assert {str(row.cells) for row in imports.import_rows(shop.business_id, each.id)} == {"{}"}
        assert imports.import_of(shop.business_id, each.id, kind="buyers").row.key == ""


def test_thousands_of_buyers_come_in_batches_and_in_little_memory(shop: Shop) -> None:
    lines = "".join(f"B-{number},b{number}@example.com,Name {number},vip\n" for number in range(4_000))
    run = sent(shop, "buyers", f"reference,email,name,groups\n{lines}")
    import_products.apply(shop.business_id, run.id, actor="test", kind="buyers")
    tracemalloc.start()

    steps = 0
    while import_products.work(shop.business_id, run.id):
        steps += 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert counts(worked(shop, "buyers", run.id)) == ("done", 4_000, 0, 0, 0, 4_000)
    assert steps == -(-4_000 // import_buyers.BATCH)
    assert peak < 20_000_000
    assert len(buyers(shop)) == 4_000


def test_another_kind_is_not_found_and_a_workbook_is_read(shop: Shop) -> None:
    book = Workbook()
    for row in (["reference", "name"], ["B-7", "Eve"]):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)

    run = sent(shop, "buyers", file.getvalue())

    assert counts(run)[:2] == ("ready", 1)
    with pytest.raises(NotFound):
        import_products.apply(shop.business_id, run.id, actor="test")
    with pytest.raises(NotFound):
        imports.import_of(shop.business_id, run.id)
    assert [each.row.id for each in imports.list_imports(shop.business_id, kind="buyers")] == [run.id]
    assert imports.list_imports(shop.business_id) == []


def _told(shop: Shop, topic: str) -> int:
    events = OutboxEvent.__table__
    query = select(func.count()).select_from(events)
    found: int = shop.one(query.where(events.c.business_id == shop.business_id, events.c.topic == topic))[0]
    return found

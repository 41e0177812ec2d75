"""Statements of batches: they lead from one balance to the next, and say the same for ever."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
import uuid

import pytest

from app.core.i18n.language import LOCALES
from app.core.ids import show
from app.core.money import MAX_MINOR
from app.domain.settlement.clearing.types import ShareTerms
from app.domain.settlement.partners.states import PartnerKind
from app.lib import sheets
from app.read.settlement import statements
from app.texts.settlement_document import Paper, settlement_pdf
from app.workflow.settlement import manage_partners
from app.workflow.settlement.manage_partners import PartnerCommand
from tests.core.files.test_pdf import streams
from tests.factories.partners import Sharer, sharer_of
from tests.factories.shop import Shop


@pytest.fixture
def sharer(shop: Shop) -> Sharer:
    return sharer_of(shop)


def _ada(sharer: Sharer) -> uuid.UUID:
    ada = sharer.partner()
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    sharer.pay_to(ada)
    return ada


def _read(sharer: Sharer, batch_id: uuid.UUID, ending: str) -> bytes:
    made = statements.statement_of(sharer.shop.business_id, batch_id)
    return b"".join(statements.written(made, ending))


def _rows(sharer: Sharer, batch_id: uuid.UUID) -> list[tuple[str, str, str]]:
    """Kind, amount and balance of each row of the CSV file."""
    found = csv.DictReader(io.StringIO(_read(sharer, batch_id, "csv").decode()))
    return [(row["kind"], row["amount"].lstrip("'"), row["balance"].lstrip("'")) for row in found]


def test_one_leads_from_the_balance_of_the_one_before_to_what_the_ledger_owes(sharer: Sharer) -> None:
    ada = _ada(sharer)
    order_id = sharer.sold()
    first = sharer.close(ada)
    sharer.paid(first)
    sharer.refund(order_id, 500)
    sharer.sold()

    second = sharer.close(ada)

    assert _rows(sharer, first) == [
        ("opening_balance", "", "0.00"),
        ("share", "7.00", "7.00"),
        ("closing_balance", "", "7.00"),
        ("total", "7.00", ""),
        ("pending", "0.00", ""),
    ]
    assert _rows(sharer, second) == [
        ("opening_balance", "", "7.00"),
        ("payout", "-7.00", "0.00"),
        ("share_reversed", "-3.50", "-3.50"),
        ("share", "7.00", "3.50"),
        ("closing_balance", "", "3.50"),
        ("total", "3.50", ""),
        ("pending", "0.00", ""),
    ]
    assert statements.statement_of(sharer.shop.business_id, second).owed_minor == sharer.owed(ada) == 350


def test_what_is_not_due_yet_is_pending_and_both_are_what_the_ledger_owes(sharer: Sharer) -> None:
    ada = _ada(sharer)
    sharer.sold()
    batch_id = sharer.close(ada)
    sharer.sold(2)
    later = statements.statement_of(sharer.shop.business_id, batch_id)
    sharer.sold()
    second = statements.statement_of(sharer.shop.business_id, sharer.close(ada))

    assert (later.row.closing_minor, later.row.pending_minor) == (700, 0)
    assert (second.row.opening_minor, second.row.closing_minor, second.owed_minor) == (700, 2800, sharer.owed(ada))


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json", "pdf"])
def test_it_says_the_same_after_whatever_happened_since(sharer: Sharer, ending: str) -> None:
    ada = _ada(sharer)
    order_id = sharer.sold()
    batch_id = sharer.close(ada)
    before = _read(sharer, batch_id, ending)

    sharer.paid(batch_id)
    sharer.refund(order_id)
    sharer.sold(2)
    sharer.close(ada)
    after = _read(sharer, batch_id, ending)

    if ending == "xlsx":  # whose parts carry the moment they were packed
        assert list(sheets.read(io.BytesIO(after))) == list(sheets.read(io.BytesIO(before)))
    else:
        assert after == before


def test_a_payout_that_came_back_is_on_the_next_statement(sharer: Sharer) -> None:
    ada = _ada(sharer)
    sharer.sold()
    first = sharer.close(ada)
    sharer.paid(first)
    sharer.send_back(first)
    sharer.sold()

    rows = _rows(sharer, sharer.close(ada))

    assert [kind for kind, _, _ in rows[1:-3]] == ["payout", "returned", "share"]
    assert rows[-3] == ("closing_balance", "", "14.00")
    assert rows[-2] == ("total", "7.00", "")  # the first is paid again by itself


def test_as_json_it_has_every_line(sharer: Sharer) -> None:
    ada = _ada(sharer)
    order_id = sharer.sold()
    batch_id = sharer.close(ada)

    found = json.loads(_read(sharer, batch_id, "json"))

    assert [found[name] for name in ("opening_minor", "closing_minor", "owed_minor")] == [0, 700, 700]
    [line] = found["lines"]
    assert (line["order_id"], line["kind"], line["balance_minor"]) == (show("ord", order_id), "share", 700)


@pytest.mark.parametrize("locale", LOCALES)
def test_on_paper_it_is_in_the_partners_language(sharer: Sharer, locale: str) -> None:
    ada = _ada(sharer)
    command = PartnerCommand(kind=PartnerKind.AUTHOR, name="Ada", time_zone="Asia/Tokyo", locale=locale)
    manage_partners.change(sharer.shop.business_id, ada, command)
    sharer.sold()

    content = _read(sharer, sharer.close(ada), "pdf")

    assert content.startswith(b"%PDF-1.5\n")
    assert f"/Lang ({locale})".encode() in content
    meanings = "".join(text for text in streams(content) if "beginbfchar" in text)
    letters = {"en": "S", "zh-Hans": "结", "zh-Hant": "結", "ja": "精", "ko": "정", "ar": "ت"}
    assert f"<{ord(letters.get(locale, 'A')):04X}>" in meanings


class _Endless:
    """A line of which there are many."""

    kind, order_id, title = "share", uuid.uuid4(), "Moonlight"

    def __init__(self, paper: Paper, number: int) -> None:
        self.at, self.amount_minor, self.balance_minor = paper.closed_at, number % 500, number


def test_a_long_one_takes_no_more_memory_than_a_short_one(sharer: Sharer) -> None:
    ada = _ada(sharer)
    sharer.sold()
    paper = statements.paper_of(statements.statement_of(sharer.shop.business_id, sharer.close(ada)))

    def peak(lines: int) -> int:
        tracemalloc.start()
        for _ in settlement_pdf(paper, (_Endless(paper, number) for number in range(lines))):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(12_000) < peak(6_000) + 1_000_000


def test_amounts_of_any_size_fit(sharer: Sharer) -> None:
    ada = _ada(sharer)
    sharer.sold()
    paper = statements.paper_of(statements.statement_of(sharer.shop.business_id, sharer.close(ada)))
    line = _Endless(paper, 1)
    line.amount_minor = line.balance_minor = -MAX_MINOR

    assert b"".join(settlement_pdf(paper, [line])).endswith(b"%%EOF\n")

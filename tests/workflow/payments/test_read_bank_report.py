"""The bank's files say what became of payment orders: looked at first, recorded once."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.errors import Invalid
from app.domain.payments.payment_orders.order_file import reference_of
from app.workflow.payments import read_bank_report
from tests.factories.bank_reports import camt054, pain002
from tests.factories.payment_orders import MAKER, Bank, bank_of
from tests.factories.shop import Shop


@pytest.fixture
def bank(shop: Shop) -> Bank:
    return bank_of(shop)


def _review(bank: Bank, content: bytes) -> list[str]:
    found = read_bank_report.review(bank.shop.business_id, read_bank_report.read(io.BytesIO(content)))
    return [each.verdict for each in found]


def _record(bank: Bank, content: bytes) -> list[str]:
    entries = read_bank_report.read(io.BytesIO(content))
    return [each.verdict for each in read_bank_report.record(bank.shop.business_id, entries, actor=MAKER)]


def _statuses(bank: Bank, order_id) -> list[str]:
    return [line.status for line in bank.lines(order_id)]


def test_a_status_report_executes_and_rejects_and_a_notification_returns(bank: Bank) -> None:
    moved = [bank.withdraw(minor) for minor in (100, 200)]
    order_id = bank.sent()
    first, second = (line.reference for line in bank.lines(order_id))
    report = pain002((first, "ACSC", ""), (second, "RJCT", "AC04"))
    returned = camt054((first, "CRDT", "1.00", "AC06"))

    looked = _review(bank, report)
    untouched = _statuses(bank, order_id)
    verdicts = [_record(bank, report), _record(bank, returned)]

    assert (looked, untouched) == (["record", "record"], ["waiting", "waiting"])
    assert verdicts == [["record", "record"], ["record"]]
    assert [bank.status(each) for each in moved] == ["returned", "failed"]
    assert [line.bank_reason for line in bank.lines(order_id)] == ["", "AC04"]
    assert (bank.lines(order_id)[0].return_reason, bank.order(order_id).status) == ("AC06", "completed")


def test_the_same_file_twice_and_at_once_changes_nothing_more(bank: Bank) -> None:
    for minor in (100, 200):
        bank.withdraw(minor)
    order_id = bank.sent()
    first, second = bank.lines(order_id)
    content = camt054(
        (first.reference, "DBIT", "1.00", ""), (second.reference, "DBIT", "2.00", ""),
        (first.reference, "CRDT", "1.00", "AC04"),
    )  # fmt: skip

    with ThreadPoolExecutor(2) as pool:
        both = [*pool.map(lambda _: _record(bank, content), range(2))]
    rows = _statuses(bank, order_id)
    again = _record(bank, content)

    assert sorted(each for done in both for each in done).count("record") == 3
    assert rows == _statuses(bank, order_id) == ["returned", "executed"]
    assert set(again) == {"known"}


def test_what_matches_no_line_or_cannot_be_is_shown_and_left_alone(bank: Bank) -> None:
    bank.withdraw(100)
    order_id = bank.sent()
    bank.withdraw(200)
    unsent = bank.lines(bank.make())[0].reference
    [line] = bank.lines(order_id)
    content = camt054(
        ("NOTOURS", "DBIT", "5.00", ""),
        (line.reference, "DBIT", "1.01", ""),
        (line.reference, "CRDT", "1.00", "AC04"),
        (unsent, "DBIT", "2.00", ""),
    )

    assert _review(bank, content) == ["unknown", "wrong_amount", "impossible", "not_sent"]
    assert set(_record(bank, content)) == {"unknown", "wrong_amount", "impossible", "not_sent"}
    assert _statuses(bank, order_id) == ["waiting"]


def test_a_whole_order_can_be_rejected(bank: Bank) -> None:
    for minor in (100, 200):
        bank.withdraw(minor)
    order_id = bank.sent()

    verdicts = _record(bank, pain002(message=reference_of("por", order_id), group="RJCT"))

    assert verdicts == ["record", "record"]
    assert _statuses(bank, order_id) == ["rejected", "rejected"]
    assert {line.bank_reason for line in bank.lines(order_id)} == {"AM04"}


def test_what_is_under_way_says_nothing(bank: Bank) -> None:
    bank.withdraw(100)
    [line] = bank.lines(bank.sent())
    reference = line.reference

    for content in (
        pain002((reference, "ACCP", "")),
        camt054((reference, "DBIT", "1.00", ""), booked="PDNG"),
        camt054((reference, "CRDT", "1.00", "")),
    ):
        with pytest.raises(Invalid) as refused:
            read_bank_report.read(io.BytesIO(content))
        assert refused.value.code == "invalid_file"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"reference;amount",
        b"<Document><Other/></Document>",
        pain002(("A", "ACSC", ""))[:-20],
        b'<!DOCTYPE a [<!ENTITY b "c">]><Document><CstmrPmtStsRpt>&b;</CstmrPmtStsRpt></Document>',
        b"<Document><CstmrPmtStsRpt>" + b"<a>" * 60 + b"</a>" * 60 + b"</CstmrPmtStsRpt></Document>",
        pain002(*[("A", "ACSC", "")] * 5_001),
        b"<Document><CstmrPmtStsRpt><x>" + b"y" * 5_000_001 + b"</x></CstmrPmtStsRpt></Document>",
    ],
    ids=["empty", "csv", "another", "cut", "entities", "deep", "many", "large"],
)
def test_what_is_no_file_of_a_bank_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read_bank_report.read(io.BytesIO(content))

    assert (refused.value.code, refused.value.details) == ("invalid_file", {"param": "file"})

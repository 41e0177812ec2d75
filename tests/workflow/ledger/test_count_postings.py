"""What the report of balances says is what adding posting to posting gives, whatever was summed before."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from app.core import db
from app.core.money import Money
from app.core.process import crash
from app.domain.insights.metrics.models import HourPostings
from app.domain.ledger.models import LedgerJournal
from app.read.ledger.balances import LEFT, balances, entries_of
from app.read.periods import period_of
from app.workflow.insights import count_metrics
from app.workflow.ledger import count_postings
from app.workflow.wallets import move_money
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")

ZONES = ("UTC", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York")
SPANS = (
    (date(2026, 6, 1), date(2026, 6, 1)),
    (date(2026, 6, 2), date(2026, 6, 3)),
    (date(2026, 5, 1), date(2026, 7, 1)),
)
# Around the midnights of these zones, and far from any; not in the order they come in.
MOMENTS = tuple(
    datetime(2026, 6, day, hour, minute, 7, tzinfo=UTC)
    for day, hour, minute in (
        *((2, 18, 10), (1, 18, 20), (1, 18, 40), (1, 3, 59), (1, 4, 0), (3, 18, 29), (3, 18, 31), (2, 23, 59)),
        *((2, 0, 0), (3, 18, 14), (3, 18, 16), (5, 12, 0)),
    )
)


@pytest.fixture
def wallets(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with wallets, whose postings are settled at once."""
    monkeypatch.setattr(count_metrics, "CLOCKS_APART_MS", -60_000)
    shop.keep_wallets()
    return shop


def test_the_report_is_what_plain_adding_gives(wallets: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, moment in enumerate(MOMENTS):
        _trade_at(wallets, moment, monkeypatch, fresh=number % 4 == 0)
    _fit(wallets)

    count_metrics.count(wallets.business_id)
    _fit(wallets)
    for number, moment in enumerate(MOMENTS[::3]):  # in hours that are summed already, by nobody yet
        _trade_at(wallets, moment, monkeypatch, fresh=number % 4 == 0)
    _fit(wallets)

    count_metrics.count(wallets.business_id)
    _fit(wallets)
    assert not _late(wallets)


def test_adding_twice_in_pieces_and_at_once_changes_nothing(wallets: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, moment in enumerate(MOMENTS[:6]):
        _trade_at(wallets, moment, monkeypatch, fresh=number % 4 == 0)
    count_metrics.count(wallets.business_id)
    whole = _rows(wallets)
    assert whole

    monkeypatch.setattr(count_postings, "MAX_ENTRIES", 3)
    count_metrics.count_again(wallets.business_id)
    assert _rows(wallets) == whole
    with db.phase("test.forget", wallets.business_id):
        count_postings.forget(wallets.business_id)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(count_metrics.count, [wallets.business_id] * 3))

    assert _rows(wallets) == whole
    _fit(wallets)


def test_a_stop_between_pieces_loses_nothing(wallets: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, moment in enumerate(MOMENTS[:4]):
        _trade_at(wallets, moment, monkeypatch, fresh=number % 4 == 0)
    monkeypatch.setattr(count_postings, "MAX_ENTRIES", 5)
    for point in ("count_postings.count.before_commit", "count_postings.count.after"):
        with monkeypatch.context() as stopped:
            stopped.setattr(crash, "point", _stop_at(point))
            with pytest.raises(_StoppedError):
                count_metrics.count(wallets.business_id)
        _fit(wallets)

    count_metrics.count(wallets.business_id)

    _fit(wallets)
    assert not _late(wallets)


def test_pages_of_postings_are_all_of_them_once(wallets: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, moment in enumerate(MOMENTS):
        _trade_at(wallets, moment, monkeypatch, fresh=number % 4 == 0)
    monkeypatch.setattr("app.read.ledger.balances.FEW", 1)  # two wallets are many
    period = period_of("own", "Asia/Kolkata", since=date(2026, 6, 2), until=date(2026, 6, 3))
    account: Any = {"kind": "wallet", "owner": "", "currency": "USD"}

    seen, after = [], None
    while page := entries_of(wallets.business_id, period, **account, after=after, limit=4)[:4]:
        seen += [(row.created_at, row.id) for row in page]
        after = seen[-1]

    whole = entries_of(wallets.business_id, period, **account, after=None, limit=1000)
    assert seen == [(row.created_at, row.id) for row in whole] == sorted(set(seen), reverse=True)
    assert len(seen) > 8


class _StoppedError(Exception):
    pass


def _stop_at(name: str) -> Any:
    def point(reached: str) -> None:
        if reached == name:
            raise _StoppedError

    return point


def _trade_at(shop: Shop, moment: datetime, monkeypatch: pytest.MonkeyPatch, *, fresh: bool) -> None:
    real = db.add

    def add(model: Any, **values: Any) -> None:
        real(model, **values, **({"created_at": moment} if model is LedgerJournal else {}))

    with monkeypatch.context() as moved:
        moved.setattr(db, "add", add)
        if fresh:
            shop.fund("ann", 7000)
        recipient = f"buyer-{moment.day}"
        move_money.transfer(shop.business_id, payer="ann", recipient=recipient, money=Money(300, "USD"), actor="test")


def _rows(shop: Shop) -> list[Any]:
    return sorted(tuple(map(str, row)) for row in shop.many(select(HourPostings.__table__)))


def _late(shop: Shop) -> list[Any]:
    """Postings that are in no sum yet."""
    return list(
        shop.many(
            text("SELECT e.id FROM ledger_entries e JOIN posting_progress p USING (business_id) WHERE e.id > p.seen_id")
        )
    )


def _fit(shop: Shop) -> None:
    for zone in ZONES:
        for since, until in SPANS:
            period = period_of("own", zone, since=since, until=until)
            with db.reading(shop.business_id):
                found = balances(shop.business_id, period)
            names = ("accounts", "opening_minor", "in_minor", "out_minor", "closing_minor")
            rows = {(row["kind"], row["owner"], row["currency"]): [row[name] for name in names] for row in found}
            assert rows == _plain(shop, zone, since, until), (zone, since)


def _plain(shop: Shop, zone: str, since: date, until: date) -> dict[Any, list[int]]:
    """Posting after posting, by the days of the zone."""
    sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    seen: set[Any] = set()
    for row in shop.many(_POSTINGS.bindparams(zone=zone)):
        is_first = row.account_id not in seen
        seen.add(row.account_id)
        if row.day > until:
            continue
        minor = row.amount_minor if row.kind in LEFT else -row.amount_minor
        of = sums[row.kind, row.owner if row.kind == "channel_clearing" else "", row.currency]
        of[0] += is_first
        of[1 if row.day < since else 2 if minor > 0 else 3] += minor if row.day < since else abs(minor)
        of[4] += minor
    return dict(sums)


_POSTINGS = text("""
SELECT e.account_id, a.kind, a.owner, a.currency, e.amount_minor,
       CAST(timezone(:zone, j.created_at) AS date) AS day
FROM ledger_entries e JOIN ledger_journals j ON j.business_id = e.business_id AND j.id = e.journal_id
JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id
WHERE e.layer = 'posted' ORDER BY e.id
""")

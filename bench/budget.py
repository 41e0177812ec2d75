"""What an order may cost. A line says what is true today, rounded up, and beside it what we want; whoever makes an
order cheaper lowers its line, and `make bench` fails where one is exceeded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.costs import Cost
from bench.report import Row

ORDER = "order"  # the sum of its steps


@dataclass(frozen=True)
class Budget:
    """`measure` is a field of `Cost`."""

    step: str
    measure: str
    limit: float
    wanted: float


# Of one order, by one client, one after another, on warm connections, without what is done beside: counts, which are
# the same on a busy machine.
BUDGETS = (
    Budget("create", "trips", 5, wanted=4),
    Budget("create", "commits", 2, wanted=2),
    Budget("notice", "trips", 3, wanted=2),
    Budget("deliver", "trips", 1, wanted=1),
    Budget("complete", "trips", 2, wanted=2),
    Budget(ORDER, "commits", 5, wanted=5),
    Budget(ORDER, "statements", 26, wanted=20),
    Budget(ORDER, "plans", 3, wanted=1),  # less than 1, but PostgreSQL goes by what it believes a plan to cost
    Budget(ORDER, "wal_bytes", 33_000, wanted=30_000),
)
_WORDS = {
    "trips": "round trips",
    "wal_bytes": "WAL bytes",
    "application_ms": "application, ms of CPU",
    "database_ms": "database, ms of CPU",
}


def words(measure: str) -> str:
    """What a measure is called in a table."""
    return _WORDS.get(measure, measure)


def whole(steps: Mapping[str, Cost]) -> dict[str, Cost]:
    """The steps, and the order that consists of them."""
    return {**steps, ORDER: sum(steps.values(), start=Cost())}


def rows(steps: Mapping[str, Cost], budgets: tuple[Budget, ...] = BUDGETS) -> list[Row]:
    """A line for each budget; its ratio is what was measured ÷ limit.

    Raises:
        KeyError, AttributeError: a budget is about a step or a measure that there is not.
    """
    found = []
    for each in budgets:
        value = getattr(whole(steps)[each.step], each.measure)
        name = f"budget of {each.step}: {words(each.measure)}"
        of = f"limit {each.limit:,.0f}, wanted {each.wanted:,.0f}"
        found.append(Row(name, value, "", of, value / each.limit, is_broken=value > each.limit))
    return found

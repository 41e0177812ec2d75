"""How the bench makes figures of what it measures."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench import budget, history, lifecycle, report
from bench.arithmetic import arrivals, paired_ratio, percentile, turns
from bench.budget import Budget
from bench.costs import Cost, typical
from bench.grown import Look, compared
from bench.report import Row
from bench.rounds import Rounds, read_pgbench

MACHINE = {"cpus": 2, "processor": "Some CPU", "at": "2026-01-01T00:00:00Z", "load_before": 0.44}


@pytest.mark.parametrize(("percent", "value"), [(0, 1.0), (50, 51.0), (95, 96.0), (99, 100.0), (100, 100.0)])
def test_a_percentile_is_a_value_that_was_measured(percent: int, value: float) -> None:
    assert percentile([float(each) for each in range(1, 101)], percent) == value


def test_percentiles_of_one_value_and_of_none() -> None:
    assert percentile([7.0], 99) == 7.0
    assert percentile([], 99) == 0.0


def test_each_side_goes_first_as_often_as_the_other() -> None:
    order = [each for pair in turns("A", "B", 4) for each in pair]

    assert "".join(order) == "ABBAABBA"


def test_a_round_spoiled_on_both_sides_changes_no_ratio() -> None:
    assert paired_ratio([10, 1, 10], [100, 10, 100]) == pytest.approx(0.1)


def test_no_rounds_and_unequal_sides_have_no_ratio() -> None:
    with pytest.raises(ValueError, match="no round"):
        paired_ratio([], [])
    with pytest.raises(ValueError, match="shorter"):
        paired_ratio([1, 2], [1])


def test_buyers_come_in_order_within_the_time_and_about_as_often_as_asked() -> None:
    moments = arrivals(50, 100, random.Random(1))

    assert moments == sorted(moments)
    assert moments[0] > 0
    assert moments[-1] < 100
    assert len(moments) == pytest.approx(5000, rel=0.1)


def test_what_is_done_beside_some_works_is_not_typical() -> None:
    costs = [Cost(trips=10)] * 7 + [Cost(trips=14)] * 3

    assert typical(costs).trips == 10


def test_costs_add_up_and_are_shared_out() -> None:
    assert (Cost(trips=3, commits=1) + Cost(trips=5, plans=2)) / 2 == Cost(trips=4, commits=0.5, plans=1)


def test_a_budget_holds_up_to_its_limit_and_is_broken_above() -> None:
    budgets = (Budget("create", "trips", 10, wanted=5), Budget("order", "commits", 3, wanted=3))
    steps = {"create": Cost(trips=10, commits=2), "notice": Cost(commits=2)}

    held, broken = budget.rows(steps, budgets)

    assert (held.value, held.ratio, held.is_broken) == (10, 1, False)
    assert (broken.value, broken.is_broken) == (4, True)


def test_every_budget_is_about_a_step_and_a_measure_that_there_are() -> None:
    steps = dict.fromkeys(("create", "notice", "deliver", "complete"), Cost())

    assert not any(row.is_broken for row in budget.rows(steps))
    assert all(each.wanted <= each.limit for each in budget.BUDGETS)


def test_pgbench_is_read_from_when_it_was_warm() -> None:
    output = """
progress: 1.0 s, 100.0 tps, lat 9.5 ms stddev 1.1, 0 failed
progress: 2.0 s, 200.0 tps, lat 9.5 ms stddev 1.1, 0 failed
progress: 3.0 s, 300.0 tps, lat 9.5 ms stddev 1.1, 0 failed
number of transactions actually processed: 601
"""
    assert read_pgbench(output, warm_s=1) == (250.0, 601)
    with pytest.raises(RuntimeError, match="how fast"):
        read_pgbench("", warm_s=0)


def test_tables_are_named_in_which_the_sides_differ() -> None:
    rounds = Rounds(
        rows_over_http=[{"orders": 1.0, "request_logs": 3.0}], rows_raw=[{"orders": 1.05, "request_logs": 2.0}]
    )

    assert rounds.differing_tables() == {"request_logs": (3.0, 2.0)}


def test_processor_time_is_compared_of_all_processes_with_that_of_raw_sql() -> None:
    rounds = Rounds(raw_spent_ms=[5.0, 6.0, 50.0], spent_ms=[{"web": 40.0, "database": 20.0}])

    assert rounds.processor_ratio == pytest.approx(0.1)


def test_history_remembers_the_last_runs_of_one_kind_of_machine(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    assert history.usual("ratio", MACHINE, file) is None
    for value in (9.0, 1.0, 2.0, 3.0, 4.0, 5.0):
        history.keep([Row("ratio", value, "")], MACHINE, ["short"], file)
    history.keep([Row("ratio", 70.0, "")], {**MACHINE, "cpus": 64}, ["short"], file)
    history.keep([Row("other", 80.0, "")], MACHINE, ["start"], file)

    assert history.usual("ratio", MACHINE, file) == 3.0


def test_the_history_names_no_machine_but_its_kind(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    history.keep([Row("ratio", 1.0, "")], report.machine(), ["short"], file)

    assert report.machine()["system"] not in file.read_text()


@pytest.mark.parametrize(("ratio", "is_broken"), [(0.05, False), (0.049, True)])
def test_a_ratio_under_half_of_the_usual_is_broken(ratio: float, is_broken: bool) -> None:
    assert lifecycle.floor_row(ratio, 0.1).is_broken is is_broken


def test_a_kind_of_machine_without_a_history_refuses_nothing() -> None:
    assert not lifecycle.floor_row(0.001, None).is_broken


def _look(spent_ms: float, **blocks: float) -> Look:
    return Look(10.0, 100.0, spent_ms, blocks, sum(blocks.values()))


@pytest.mark.parametrize(("spent_ms", "is_broken"), [(110.0, False), (111.0, True)])
def test_an_order_may_become_a_tenth_dearer_with_many_before_it(spent_ms: float, is_broken: bool) -> None:
    [spent, *_] = compared(_look(100.0, a=1.0), _look(spent_ms, a=1.0))

    assert spent.is_broken is is_broken


def test_statements_are_named_that_read_twice_as_much_as_before() -> None:
    fresh, grown = _look(10.0, same=50.0, grew=30.0, small=1.0), _look(10.0, same=60.0, grew=60.0, small=19.0, new=99.0)

    rows = compared(fresh, grown)

    assert [(row.name, row.ratio) for row in rows if row.name.startswith("blocks of: ")] == [("blocks of: grew", 2.0)]

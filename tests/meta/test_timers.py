"""Every job that keeps deadlines of businesses is a timer of test clocks, or is said to be nobody's."""

from __future__ import annotations

from app.worker.jobs import BY_NAME, JOBS
from app.workflow.operations.due_timers import EVERYBODYS, TIMERS


def test_every_job_is_a_timer_or_everybodys_and_none_is_both() -> None:
    timers = {timer.job for timer in TIMERS}

    assert timers | EVERYBODYS.keys() == {job.name for job in JOBS}
    assert not timers & EVERYBODYS.keys()


def test_a_timer_does_what_its_job_does() -> None:
    others = [timer.job for timer in TIMERS if timer.job != "sweep_cases" and timer.work is not BY_NAME[timer.job].work]

    assert others == []

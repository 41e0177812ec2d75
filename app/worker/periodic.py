"""The periodic jobs of one queue, in a thread: each in its time, one after the other.

What is due stands in the database, and every job may run twice at once. Redis only keeps several workers from looking
for the same in vain: a job that one of them runs, or has just run, is claimed there. Without Redis each worker runs
all of them.
"""

from __future__ import annotations

import threading
import time

from redis import Redis
from rq.timeouts import JobTimeoutException, TimerDeathPenalty

from app.core import clock_check
from app.core.limits.shared import Shared
from app.core.log import get_logger
from app.worker import jobs, queues
from app.worker.due import Due
from app.worker.jobs import Job

CLAIMED_S = 30  # one that began longer ago, in a worker that was killed, is not waited for
SWEEP_S = 30.0  # a job that has nothing to do runs so often all the same, for what the look may miss
REST = 0.9  # the share of its period for which a job that ended stays claimed: the worker that ran it finds it free
CLOCK_PAUSE_S = 1.0
_CLAIM = "bursar:claimed:"


class Periodic:
    """Runs the jobs of `queue` that have something to do until `stopping` is set. Any number of them, in any number of
    processes, may run at once; `process` is what this one is called by those who look at its clock."""

    def __init__(
        self, queue: str, claims: Shared, due: Due, stopping: threading.Event, *, process: str = "worker"
    ) -> None:
        self._claims, self._due, self._stopping, self._process = claims, due, stopping, process
        mine = [job for job in jobs.JOBS if job.queue == queue and job.every_s is not None]
        # By this process's count of time and no clock: when it may run again, and when it last ran.
        self._from_s = dict.fromkeys(mine, 0.0)
        self._ran_s = dict.fromkeys(mine, -SWEEP_S)

    def run(self) -> None:
        """Run what is due, again and again."""
        while not self._stopping.is_set():
            self._due.wait(self.step())

    def step(self) -> float:
        """Run what is due now, the longest due first; in how many seconds there is more, unless some becomes due."""
        if not clock_check.may_work(self._process):
            return CLOCK_PAUSE_S
        for job in sorted(self._from_s, key=self._next_s):
            if self._next_s(job) <= time.monotonic() and not self._stopping.is_set():
                self._ran_s[job] = time.monotonic()
                self._from_s[job] = self._take(job)
        return max(0.0, min(map(self._next_s, self._from_s)) - time.monotonic())

    def _next_s(self, job: Job) -> float:
        if self._due.has(job.name):
            return self._from_s[job]
        return max(self._from_s[job], self._ran_s[job] + SWEEP_S)

    def _take(self, job: Job) -> float:
        """Run the job unless another worker does; when to try again."""
        assert job.every_s is not None  # only these are ours
        if not self._claims.ask(lambda redis: _claim(redis, job), otherwise=lambda: True):
            return time.monotonic() + min(job.every_s, CLAIMED_S)
        try:
            with TimerDeathPenalty(queues.JOB_TIMEOUT_S, JobTimeoutException):
                jobs.run(job.name)
        except Exception as error:  # its next run may be luckier, and the other jobs have theirs
            get_logger().error("job_failed", job_name=job.name, error=repr(error), exc_info=True)
        rest_ms = int(job.every_s * REST * 1000)
        self._claims.ask(lambda redis: redis.pexpire(_CLAIM + job.name, rest_ms), otherwise=lambda: None)
        return time.monotonic() + job.every_s


def _claim(redis: Redis, job: Job) -> bool:
    return bool(redis.set(_CLAIM + job.name, 1, nx=True, ex=CLAIMED_S))

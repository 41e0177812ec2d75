"""A breaker for each thing that can fail, such as one operation of one account outside: after too many failures it is
left in peace for a while, then tried by a single call, and taken back when that one succeeds.

The steps are pure functions over a small record. Processes share the record through Redis; while Redis is away each
goes by its own memory, and when Redis was flushed everything begins closed: nothing is lost but seconds.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import redis

from app.core import clock
from app.core.limits.shared import Shared

# As others see it: `half_open` waits for a trial, `probing` has one under way.
State = Literal["closed", "open", "half_open", "probing"]

_FRESH_S = 1.0  # how long a process goes by what it last saw
_KEPT_S = 3600  # how long Redis keeps a record that nobody touches
_TRIES = 5  # two processes that count at once take turns; a count lost after that many turns is harmless
_MAX_KNOWN = 10_000


@dataclass(frozen=True)
class Policy:
    """When to open: so many failures within the window, and so large a share of all calls."""

    window_s: int = 60
    bucket_s: int = 10
    failures: int = 8
    share_percent: int = 50
    pause_s: int = 15
    longest_pause_s: int = 300
    trial_s: int = 30


@dataclass(frozen=True)
class Record:
    """What is known of one thing. `until` ends the pause of an open one, and the trial of a half-open one; `counts`
    are (bucket, successes, failures), the oldest first."""

    state: Literal["closed", "open", "half_open"] = "closed"
    until: float = 0.0
    pause_s: int = 0
    counts: tuple[tuple[int, int, int], ...] = ()

    def totals(self) -> tuple[int, int]:
        """Successes and failures within the window."""
        return sum(successes for _, successes, _ in self.counts), sum(failures for _, _, failures in self.counts)


@dataclass(frozen=True)
class Change:
    """A breaker went from one state to another; the counts are those that made it."""

    before: str
    after: str
    successes: int
    failures: int
    pause_s: int


def state_of(record: Record, now: float) -> State:
    """What a caller may expect now."""
    if record.state == "closed":
        return "closed"
    if now >= record.until:
        return "half_open"
    return "open" if record.state == "open" else "probing"


def admit(record: Record, now: float, policy: Policy) -> tuple[Record, bool, Change | None]:
    """Whether one call may be made now. Of a half-open breaker's calls only one may: the trial."""
    state = state_of(record, now)
    if state != "half_open":
        return record, state == "closed", None
    trial = replace(record, state="half_open", until=now + policy.trial_s)
    change = Change("open", "half_open", 0, 0, record.pause_s) if record.state == "open" else None
    return trial, True, change


def report(
    record: Record, now: float, policy: Policy, *, successes: int, failures: int
) -> tuple[Record, Change | None]:
    """How calls went."""
    if record.state == "open":
        return record, None  # of calls that began before it opened
    if record.state == "half_open":
        if failures:
            pause_s = min(record.pause_s * 2, policy.longest_pause_s)
            opened = Record(state="open", until=now + pause_s, pause_s=pause_s)
            return opened, Change("half_open", "open", successes, failures, pause_s)
        return Record(), Change("half_open", "closed", successes, failures, 0)
    counted = replace(record, counts=_counted(record.counts, now, policy, successes, failures))
    total_successes, total_failures = counted.totals()
    if total_failures < policy.failures or total_failures * 100 < policy.share_percent * (
        total_successes + total_failures
    ):
        return counted, None
    opened = Record(state="open", until=now + policy.pause_s, pause_s=policy.pause_s)
    return opened, Change("closed", "open", total_successes, total_failures, policy.pause_s)


def _counted(
    counts: tuple[tuple[int, int, int], ...], now: float, policy: Policy, successes: int, failures: int
) -> tuple[tuple[int, int, int], ...]:
    bucket = int(now) // policy.bucket_s
    oldest = bucket - policy.window_s // policy.bucket_s + 1
    kept = [each for each in counts if oldest <= each[0] <= bucket]
    if kept and kept[-1][0] == bucket:
        _, earlier_successes, earlier_failures = kept.pop()
        successes, failures = successes + earlier_successes, failures + earlier_failures
    return (*kept, (bucket, successes, failures))


def _moment() -> float:
    return clock.actual().timestamp()


Step = Callable[[Record, float], tuple[Record, Change | None]]


class Breaker:
    """The breakers of this process. Safe to use from many threads."""

    def __init__(self, url: str | None, policy: Policy | None = None, moment: Callable[[], float] = _moment) -> None:
        self._shared = Shared(url, name="breaker")
        self._policy = policy or Policy()
        self._moment = moment
        self._known: dict[str, tuple[Record, float]] = {}
        self._successes: dict[str, tuple[int, float]] = {}  # not told yet, and since when
        self._lock = threading.RLock()

    @property
    def policy(self) -> Policy:
        """When it opens, where a caller says nothing else."""
        return self._policy

    def states(self, keys: Iterable[str]) -> dict[str, State]:
        """How each stands; one question to Redis for all that were not seen within the last second."""
        now, names = self._moment(), list(dict.fromkeys(keys))
        stale = [key for key in names if not self._is_fresh(key, now)]
        if stale:
            found: Any = self._shared.ask(lambda link: link.mget([_name(key) for key in stale]), lambda: ())
            for key, text in zip(stale, found, strict=False):  # nothing, while Redis is away
                self._remember(key, _read(text), now)
        return self.remembered(names)

    def remembered(self, keys: Iterable[str]) -> dict[str, State]:
        """How each stood when this process last looked; asks nobody, so it may be called in a transaction."""
        now = self._moment()
        return {key: state_of(self._last(key), now) for key in keys}

    def admit(self, key: str, policy: Policy | None = None) -> tuple[bool, Change | None]:
        """Whether a call may be made now, and the change it brought about; by the caller's `policy`, else ours."""
        if self.states([key])[key] == "closed":
            return True, None
        admitted = [False]

        def step(record: Record, now: float) -> tuple[Record, Change | None]:
            after, admitted[0], change = admit(record, now, policy or self._policy)
            return after, change

        change = self._step(key, step)
        return admitted[0], change

    def report(self, key: str, *, is_good: bool, weight: int = 1, policy: Policy | None = None) -> Change | None:
        """How a call went, and the change that this brought about; one that went bad counts for `weight`. Good calls of
        a breaker that has nothing to recover from are put together and told once a second."""
        now = self._moment()
        with self._lock:
            successes, since = self._successes.pop(key, (0, now))
            successes += is_good
            if is_good and now - since < _FRESH_S and self._last(key).state == "closed":
                self._successes[key] = (successes, since)
                return None
        failures = 0 if is_good else weight
        return self._step(
            key, lambda record, at: report(record, at, policy or self._policy, successes=successes, failures=failures)
        )

    def _step(self, key: str, step: Step) -> Change | None:
        return self._shared.ask(lambda link: self._step_shared(link, key, step), lambda: self._step_here(key, step))

    def _step_here(self, key: str, step: Step) -> Change | None:
        with self._lock:
            now = self._moment()
            after, change = step(self._last(key), now)
            self._remember(key, after, now)
        return change

    def _step_shared(self, link: redis.Redis, key: str, step: Step) -> Change | None:
        name = _name(key)
        with link.pipeline() as pipeline:
            for _ in range(_TRIES):
                try:
                    pipeline.watch(name)  # type: ignore[no-untyped-call]
                    found: Any = pipeline.get(name)
                    now = self._moment()
                    after, change = step(_read(found), now)
                    pipeline.multi()
                    pipeline.set(name, json.dumps(asdict(after)), ex=_KEPT_S)
                    pipeline.execute()
                except redis.WatchError:
                    continue
                self._remember(key, after, now)
                return change
        return None

    def _last(self, key: str) -> Record:
        return self._known.get(key, (Record(), 0.0))[0]

    def _is_fresh(self, key: str, now: float) -> bool:
        return key in self._known and 0 <= now - self._known[key][1] < _FRESH_S

    def _remember(self, key: str, record: Record, now: float) -> None:
        with self._lock:
            if len(self._known) >= _MAX_KNOWN and key not in self._known:
                self._known.clear()
                self._successes.clear()
            self._known[key] = (record, now)


def _name(key: str) -> str:
    return f"bursar:breaker:{key}"


def _read(text: bytes | None) -> Record:
    """The record as Redis has it; a closed one for none, and for one that cannot be read."""
    try:
        data = json.loads(text or b"{}")
        counts = tuple(
            (int(bucket), int(successes), int(failures)) for bucket, successes, failures in data.pop("counts", ())
        )
        return Record(counts=counts, **data)
    except (ValueError, TypeError):
        return Record()


_current = Breaker(None)


def use(breaker: Breaker) -> None:
    """Make these the breakers of this process."""
    global _current
    _current = breaker


def current() -> Breaker:
    """The breakers of this process; before `use`, ones that no other process knows."""
    return _current

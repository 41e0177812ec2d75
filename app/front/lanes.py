"""Threads by lane: each lane has seats that no other may take, and all but health share the rest."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from app.front.limits import MOST_WAITING, OWN_SEATS, SHARED_SEATS, Lane, patience_s
from app.front.turns import Asker, Turns

Result = TypeVar("Result")
Work = Callable[[], Any]
NOBODY = Asker()


class NoThread(Exception):
    """No thread of the lane came free in time."""


class Threads:
    """A fixed number of threads. They end with the process, whatever they are at: what a crash must not break, an end
    must not break either."""

    def __init__(self, count: int, name: str) -> None:
        self._work: SimpleQueue[tuple[Work, asyncio.Future[Any]]] = SimpleQueue()
        for number in range(count):
            Thread(target=self._run, name=f"{name}-{number}", daemon=True).start()

    def run(self, work: Callable[[], Result]) -> asyncio.Future[Result]:
        """Do it in the next free thread. Whoever stops waiting for the result does not stop the work."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._work.put((work, future))
        return future

    def _run(self) -> None:
        while True:
            work, future = self._work.get()
            try:
                done, result = future.set_result, work()
            except BaseException as error:  # it belongs to whoever waits
                done, result = future.set_exception, error
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                future.get_loop().call_soon_threadsafe(_tell, future, done, result)
            del work, future, done, result


def _tell(future: asyncio.Future[Any], done: Callable[[Any], None], result: Any) -> None:
    if not future.done():
        done(result)


class Lanes:
    """Who may have a thread. Used by the event loop alone."""

    def __init__(self, own: dict[Lane, int] | None = None, shared: int = SHARED_SEATS) -> None:
        self._own = dict(own or OWN_SEATS)
        self._shared = shared
        self._threads = Threads(sum(self._own.values()) + shared, "lane")
        self._waiting: dict[Lane, Turns[asyncio.Future[bool]]] = {lane: Turns() for lane in Lane}

    async def run(self, lane: Lane, work: Callable[[], Result], *, who: Asker = NOBODY) -> Result:
        """Do the work in a thread of the lane. Those who wait for one take turns.

        Raises:
            NoThread: too many wait already, or none came free for as long as the lane waits.
        """
        is_own = self._take(lane)
        if is_own is None:
            is_own = await self._wait(lane, who)
        running = self._threads.run(work)
        # The seat is free when the thread is, also when nobody waits for the answer any more.
        running.add_done_callback(lambda _: self._give_back(lane, is_own=is_own))
        return await asyncio.shield(running)

    def _take(self, lane: Lane) -> bool | None:
        """A seat if there is one: True for one of the lane's own, False for a shared one."""
        if self._own[lane]:
            self._own[lane] -= 1
            return True
        if self._shared and lane is not Lane.HEALTH:
            self._shared -= 1
            return False
        return None

    async def _wait(self, lane: Lane, who: Asker) -> bool:
        waiting = self._waiting[lane]
        seat: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        waiting.add(who, seat)
        if len(waiting) > MOST_WAITING:  # it is the crowd that goes, whoever came last
            crowd, last = waiting.last_of_most()
            waiting.remove(crowd, last)
            last.set_exception(NoThread())
        try:
            async with asyncio.timeout(patience_s(lane)):
                return await seat
        except NoThread:
            raise
        except BaseException as error:
            if seat.done() and not seat.cancelled() and seat.exception() is None:  # it came in the same moment
                self._give_back(lane, is_own=seat.result())
            else:
                waiting.remove(who, seat)
            if isinstance(error, TimeoutError):
                raise NoThread from None
            raise

    def _give_back(self, lane: Lane, *, is_own: bool) -> None:
        """Hand the seat to the next who may have it."""
        for each in (lane,) if is_own else Lane:
            if not is_own and each is Lane.HEALTH:
                continue
            while self._waiting[each]:
                seat = self._waiting[each].next()
                if not seat.done():  # or it was given up a moment ago
                    seat.set_result(is_own)
                    return
        if is_own:
            self._own[lane] += 1
        else:
            self._shared += 1

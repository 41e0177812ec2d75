"""Threads by pool: each pool has threads that no other may take, and all but health share the rest."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from app.front.limits import MAX_WAITING, RESERVED_THREADS, SHARED_THREADS, Pool, patience_s
from app.front.turns import Asker, Turns

Result = TypeVar("Result")
Work = Callable[[], Any]
ANONYMOUS = Asker()


class NoThread(Exception):
    """No thread of the pool came free in time."""


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
                future.get_loop().call_soon_threadsafe(_deliver, future, done, result)
            del work, future, done, result


def _deliver(future: asyncio.Future[Any], done: Callable[[Any], None], result: Any) -> None:
    if not future.done():
        done(result)


class ThreadPools:
    """Who may have a thread. Used by the event loop alone."""

    def __init__(self, own: dict[Pool, int] | None = None, shared: int = SHARED_THREADS) -> None:
        self._own = dict(own or RESERVED_THREADS)
        self._shared = shared
        self._threads = Threads(sum(self._own.values()) + shared, "pool")
        self._waiting: dict[Pool, Turns[asyncio.Future[bool]]] = {pool: Turns() for pool in Pool}

    async def run(self, pool: Pool, work: Callable[[], Result], *, who: Asker = ANONYMOUS) -> Result:
        """Do the work in a thread of the pool. Those who wait for one take turns.

        Raises:
            NoThread: too many wait already, or none came free for as long as the pool waits.
        """
        is_own = self._take(pool)
        if is_own is None:
            is_own = await self._wait(pool, who)
        running = self._threads.run(work)
        # The thread is free when its work is done, also when nobody waits for the answer any more.
        running.add_done_callback(lambda _: self._give_back(pool, is_own=is_own))
        return await asyncio.shield(running)

    def _take(self, pool: Pool) -> bool | None:
        """A thread if there is one: True for one of the pool's own, False for a shared one."""
        if self._own[pool]:
            self._own[pool] -= 1
            return True
        if self._shared and pool is not Pool.HEALTH:
            self._shared -= 1
            return False
        return None

    async def _wait(self, pool: Pool, who: Asker) -> bool:
        waiting = self._waiting[pool]
        thread: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        waiting.add(who, thread)
        if len(waiting) > MAX_WAITING:  # it is the crowd that goes, whoever came last
            crowd, last = waiting.last_of_most()
            waiting.remove(crowd, last)
            last.set_exception(NoThread())
        try:
            async with asyncio.timeout(patience_s(pool)):
                return await thread
        except NoThread:
            raise
        except BaseException as error:
            if thread.done() and not thread.cancelled() and thread.exception() is None:  # it came in the same moment
                self._give_back(pool, is_own=thread.result())
            else:
                waiting.remove(who, thread)
            if isinstance(error, TimeoutError):
                raise NoThread from None
            raise

    def _give_back(self, pool: Pool, *, is_own: bool) -> None:
        """Hand the thread to the next who may have it."""
        for each in (pool,) if is_own else Pool:
            if not is_own and each is Pool.HEALTH:
                continue
            while self._waiting[each]:
                thread = self._waiting[each].next()
                if not thread.done():  # or it was given up a moment ago
                    thread.set_result(is_own)
                    return
        if is_own:
            self._own[pool] += 1
        else:
            self._shared += 1

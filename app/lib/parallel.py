"""A few slow things at once, in threads that the end of the process does not wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """What `work` makes of every item, in their order; the first one's trouble when any had some."""
    if len(items) == 1:
        return [work(items[0])]
    done: dict[int, Result] = {}
    failed: dict[int, BaseException] = {}

    def run(place: int) -> None:
        try:
            done[place] = work(items[place])
        except BaseException as error:
            failed[place] = error

    threads = [threading.Thread(target=run, args=[place], daemon=True) for place in range(len(items))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[min(failed)]
    return [done[place] for place in range(len(items))]

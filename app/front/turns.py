"""Who is next. Whoever waits has a turn after everybody else who waits had one, however many requests somebody sends:
first by address, then, of one address, by the key or cookie that they come with, or what they ask for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

Waiting = TypeVar("Waiting")


class Asker(NamedTuple):
    """Who asks: an address, and whom they say they are. What they say is not proven, so addresses come first."""

    address: str = ""
    name: bytes = b""


def asker(address: str, headers: Sequence[tuple[bytes, bytes]], path: bytes) -> Asker:
    """Who sent the request with this head."""
    found = dict(headers)
    return Asker(address, found.get(b"authorization") or found.get(b"cookie") or path)


class Turns(Generic[Waiting]):
    """Who waits for one thing, in the order of their turns."""

    def __init__(self) -> None:
        self._by_address: dict[str, dict[bytes, deque[Waiting]]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, who: Asker, waiting: Waiting) -> None:
        """One more who waits."""
        self._by_address.setdefault(who.address, {}).setdefault(who.name, deque()).append(waiting)
        self._count += 1

    def next(self) -> Waiting:
        """Whose turn it is; they wait no more. Raises StopIteration when nobody waits."""
        address, names = next(iter(self._by_address.items()))
        name, queue = next(iter(names.items()))
        found = queue.popleft()
        self._count -= 1
        # Behind everybody else, if there is more of them.
        del self._by_address[address], names[name]
        if queue:
            names[name] = queue
        if names:
            self._by_address[address] = names
        return found

    def remove(self, who: Asker, waiting: Waiting) -> None:
        """They do not wait any more, if they still did."""
        names = self._by_address.get(who.address, {})
        queue = names.get(who.name)
        if queue is None or waiting not in queue:
            return
        queue.remove(waiting)
        self._count -= 1
        if not queue:
            del names[who.name]
        if not names:
            del self._by_address[who.address]

    def last_of_most(self) -> tuple[Asker, Waiting]:
        """Who came last of those who wait the most often. Raises ValueError when nobody waits."""
        who, queue = max(self._all(), key=lambda each: len(each[1]))
        return who, queue[-1]

    def _all(self) -> Iterator[tuple[Asker, deque[Waiting]]]:
        crowd = max(self._by_address, key=lambda address: sum(map(len, self._by_address[address].values())))
        return ((Asker(crowd, name), queue) for name, queue in self._by_address[crowd].items())

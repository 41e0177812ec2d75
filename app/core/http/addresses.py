"""Names and the addresses behind them: which are of the open network, and asking for them with an end to it."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading

from app.lib.networks import Address


class LookUpFailed(Exception):
    """The name has no address, or nobody said in time; the message says which."""


class Lookups:
    """Asks for the addresses of names, so many at once at most. The system's own resolver has no end that a caller
    could set, so it is asked in a thread that is left behind when it takes too long."""

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)

    def of(self, name: str, port: int, *, within_s: float) -> list[Address]:
        """Every address of the name, in the order to try them.

        Raises:
            LookUpFailed: there is none, or it was not found in time.
        """
        try:
            return [ipaddress.ip_address(name)]
        except ValueError:
            pass
        if not self._free.acquire(blocking=False):
            raise LookUpFailed("too many names are being looked up")
        found: queue.SimpleQueue[list[Address] | Exception] = queue.SimpleQueue()
        threading.Thread(target=self._look, args=(name, port, found), daemon=True).start()
        try:
            answer = found.get(timeout=within_s)
        except queue.Empty:
            raise LookUpFailed(f"{name} was not found in time") from None
        if isinstance(answer, Exception):
            raise LookUpFailed(f"{name} has no address") from answer
        return answer

    def _look(self, name: str, port: int, found: queue.SimpleQueue[list[Address] | Exception]) -> None:
        try:
            rows = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
            # The zone of a link-local address (fe80::1%eth0) is no part of it.
            found.put([ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in rows])
        except (OSError, ValueError) as error:  # UnicodeError is a ValueError
            found.put(error)
        finally:
            self._free.release()

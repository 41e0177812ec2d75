"""Companies' bill files are unpacked and read in a process of their own (see isolated): 100 kB may hold 100 MB."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Protocol, TypeVar

from app.core.errors import Unavailable
from app.core.files import isolated
from app.core.money import Money
from app.lib.archives import Unpackable
from app.lib.file_errors import BadFile
from app.lib.strict_json import Unreadable

MAX_ROWS = 500_000  # a day with more of them has to be read in parts
# Nothing is said before every line and every sum was looked at.
LIMITS = isolated.ResourceLimits(memory_bytes=1_500_000_000, cpu_s=120, silent_s=240.0, line_bytes=100_000)


class Movement(Protocol):
    """A row of a bill (see BillRow)."""

    @property
    def kind(self) -> Any: ...
    @property
    def our_ref(self) -> str: ...
    @property
    def charge_ref(self) -> str: ...
    @property
    def channel_ref(self) -> str: ...
    @property
    def amount(self) -> Money: ...
    @property
    def fee(self) -> Money: ...
    @property
    def at(self) -> datetime: ...


Row = TypeVar("Row")


def read(reader: str, content: bytes, make: Callable[..., Row], **options: Any) -> tuple[Row, ...]:
    """The movements that `reader` (`module:function`, which yields what `found` makes) finds in the file, each a row
    that `make` makes of its members.

    Raises:
        Unreadable: it is damaged, a line or a sum does not fit, or it takes more than a file may.
    """
    try:
        with tempfile.TemporaryFile() as file:
            file.write(content)
            file.flush()
            return tuple(_row(make, each) for each in isolated.read(reader, file, limits=LIMITS, **options))
    except (BadFile, Unavailable) as error:
        raise Unreadable(str(error)) from error


def found(rows: Callable[[], Iterable[Movement]]) -> Iterator[list[Any]]:
    """In the process: the movements as it tells them.

    Raises:
        BadFile: what `rows` calls Unreadable or Unpackable, or more of them than a bill may have.
    """
    try:
        for number, row in enumerate(rows()):
            if number >= MAX_ROWS:
                raise BadFile(f"more than {MAX_ROWS:,} movements")
            fee, money = row.fee.minor, row.amount
            yield [row.kind, row.our_ref, row.charge_ref, row.channel_ref, money.minor, money.currency, fee,
                   row.at.isoformat()]  # fmt: skip
    except (Unreadable, Unpackable) as error:
        raise BadFile(str(error)) from error


def _row(make: Callable[..., Row], cells: list[Any]) -> Row:
    kind, our_ref, charge_ref, channel_ref, minor, currency, fee_minor, at = cells
    return make(
        kind=kind,
        our_ref=our_ref,
        charge_ref=charge_ref,
        channel_ref=channel_ref,
        amount=Money(minor, currency),
        fee=Money(fee_minor, currency),
        at=datetime.fromisoformat(at),
    )

"""The one machinery of lists: what a list is made of, and what somebody asks of it.

A `Listing` names its columns, filters and views, and reads rows newest first by key. Pages, saved views, exports and
the API all go through it, so a file is exactly the list that was looked at. Listings are made in read/lists; they are
found here by name.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select

from app.core import ids, paging
from app.core.errors import Invalid
from app.core.money import MAX_MINOR, exponent
from app.core.paging import After, Columns, Key
from app.lib import days
from app.lib.masking import masked

Kind = Literal["text", "money", "when", "state", "id", "number", "code", "prices"]
Cell = str | int | Decimal
MAX_TEXT = 200
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,4})?", re.ASCII)
MAX_COLUMNS = 40


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. `value` makes of a row what `kind` shows: of money (minor, currency), of an id (prefix, id), of a
    state (state, what is said beside it), of the others the thing itself; None is an empty cell. `personal` is masked
    for those who may not read buyers' names. `image` are those of the row, the first of which is shown beside the
    value; `nothing` is said of an empty cell."""

    key: str
    title: str
    value: Callable[[Any], Any]
    kind: Kind = "text"
    default: bool = True
    personal: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    image: Callable[[Any], Sequence[Any]] | None = None
    nothing: str = ""


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One thing to narrow by. `choices` are (value, title) of the business; without any the text is free. A `rare` one
    is shown only while it narrows: links lead to it. A `further` one stands behind those that everybody uses."""

    key: str
    title: str
    kind: Literal["search", "text", "choice", "from", "to", "amount"] = "text"
    choices: Callable[[uuid.UUID], Sequence[tuple[str, str]]] | None = None
    hint: str = ""
    rare: bool = False
    further: bool = False

    def takes(self, text: str) -> bool:
        """Whether a text makes sense here."""
        if self.kind in ("from", "to"):
            return days.day_of(text) is not None
        return self.kind != "amount" or _AMOUNT.fullmatch(text) is not None


@dataclass(frozen=True)
class ListRequest:
    """What somebody asks of a list: the filters' texts by key, and who is asking. `before` leaves out what is younger,
    `columns` are those that will be shown. Rows come by their moment, or `by_amount`; the oldest, or lowest, first with
    `oldest_first`."""

    business_id: uuid.UUID
    filters: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = "UTC"
    oldest_first: bool = False
    by_amount: bool = False
    sees_buyers: bool = True
    before: datetime | None = None
    columns: tuple[str, ...] = ()

    def text(self, key: str) -> str:
        """What was given for a filter, or an empty text."""
        return self.filters.get(key, "")

    def shows(self, *columns: str) -> bool:
        """Whether one of these columns will be shown."""
        return not self.columns or bool(set(columns) & set(self.columns))

    def days(self, moment: Any, prefix: str = "") -> list[ColumnElement[bool]]:
        """The conditions of `from` and `to` (`paid_from`… with a prefix), whole days of the time zone, and of
        `before`."""
        since = days.midnight(days.day_of(self.text(f"{prefix}from")), self.time_zone)
        until = days.midnight(days.day_of(self.text(f"{prefix}to")), self.time_zone, days=1)
        found = [] if since is None else [moment >= since]
        found += [] if until is None else [moment < until]
        return found + ([] if self.before is None or prefix else [moment < self.before])

    def in_order(
        self, statement: Select[*Columns], first: Any, row_id: Any, after: Key | None, limit: int
    ) -> Select[*Columns]:
        """At most `limit` rows by key, from behind `after`, in the order that was asked for."""
        return paging.in_order(statement, first, row_id, after, limit, oldest_first=self.oldest_first)

    def span(self) -> tuple[datetime | None, datetime | None]:
        """The same as two moments: from the first on, before the second."""
        since = days.midnight(days.day_of(self.text("from")), self.time_zone)
        until = days.midnight(days.day_of(self.text("to")), self.time_zone, days=1)
        return since, min((each for each in (until, self.before) if each is not None), default=None)

    def minor(self, key: str, currency: str, *, up: bool) -> int | None:
        """What a filter of kind `amount` means in a currency's minor units, rounded inwards; None when it is empty."""
        text = self.text(key)
        if not text:
            return None
        rounding = ROUND_CEILING if up else ROUND_FLOOR
        return min(int(Decimal(text).scaleb(exponent(currency)).to_integral_value(rounding)), MAX_MINOR)


class ListedRow(Protocol):
    """What every row of a list has."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def created_at(self) -> datetime: ...


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A list. `read` answers up to so many rows behind a key, in order; each row has `created_at` and `id`. `views` are
    the values of the filter `view`, with their titles; the first is the list as it opens. `ordered_by` is
    the column that shows `created_at`. A list with `amount_of` may also come by amount, which its column `amount`
    shows, as long as it is narrowed to one currency. `earlier` are names that addresses had before for one of its
    filters."""

    name: str
    title: str
    permission: str
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    views: Mapping[str, str]
    ordered_by: str
    read: Callable[[ListRequest, Key | None, int], Sequence[Any]]
    amount_of: Callable[[Any], int] | None = None
    earlier: Mapping[str, str] = field(default_factory=dict)

    @property
    def default_columns(self) -> tuple[str, ...]:
        """Keys of the columns that are shown to who has not chosen."""
        return tuple(column.key for column in self.columns if column.default)

    def chosen(self, keys: Iterable[str]) -> tuple[Column, ...]:
        """These columns in the list's order, the first always among them; of none, the default ones."""
        selected = set(keys) & {column.key for column in self.columns} or set(self.default_columns)
        return tuple(column for column in self.columns if column.key in selected or column is self.columns[0])

    def fitting(self, filters: Mapping[str, str]) -> dict[str, str]:
        """What of these texts makes sense here; the rest is left out."""
        kept: dict[str, str] = {}
        filters = {now: filters[before] for before, now in self.earlier.items() if before in filters} | dict(filters)
        for each in self.filters:
            text = filters.get(each.key, "").replace("\x00", "").strip()[:MAX_TEXT]
            if text and each.takes(text):
                kept[each.key] = text
        view = filters.get("view", "")
        if view in self.views and view != next(iter(self.views)):
            kept["view"] = view
        return kept

    def may_come_by_amount(self, filters: Mapping[str, str]) -> bool:
        """Whether these filters leave amounts that can be compared."""
        return self.amount_of is not None and bool(filters.get("currency"))

    def key_of(self, row: ListedRow, *, by_amount: bool) -> Key:
        """Where a row stands in the list."""
        return (self.amount_of(row) if by_amount and self.amount_of else row.created_at), row.id

    def refuse_unknown(self, filters: Mapping[str, str], columns: Sequence[str]) -> None:
        """Programs are told what people are not.

        Raises:
            Invalid: there is no such filter, value or column.
        """
        known = {each.key for each in self.filters} | {"view"}
        for key in filters:
            if key not in known:
                raise _wrong("filters", f"There is no filter {key[:40]!r} here; there are {', '.join(sorted(known))}.")
        for key in set(filters) - set(self.fitting(filters)):
            if filters[key] and not (key == "view" and filters[key] == next(iter(self.views))):
                raise _wrong("filters", f"The filter {key!r} cannot be {filters[key][:40]!r}.")
        keys = [column.key for column in self.columns]
        for column in columns:
            if column not in keys:
                raise _wrong("columns", f"There is no column {column[:40]!r} here; there are {', '.join(keys)}.")


def _wrong(param: str, message: str) -> Invalid:
    return Invalid("invalid_list", message, details={"param": param})


_known: dict[str, Listing] = {}


def add(listing: Listing) -> Listing:
    """Make a list known by its name."""
    _known[listing.name] = listing
    return listing


def find(name: str) -> Listing | None:
    """The list of this name, if there is one."""
    return _known.get(name)


def every() -> tuple[Listing, ...]:
    """All lists."""
    return tuple(_known.values())


def moment_key(after: Key | None) -> After:
    """A key of a list that only comes by its moments."""
    if after is None or isinstance(after[0], int):
        return None
    return after[0], after[1]


def shown(column: Column, row: object, *, sees_buyers: bool) -> Any:
    """What a column shows of a row, masked where it has to be."""
    value = column.value(row)
    return masked(str(value)) if column.personal and value and not sees_buyers else value


def with_currency(columns: Sequence[Column], listing: Listing) -> tuple[Column, ...]:
    """Columns for a file: an amount there is a bare number, so its currency stands behind it."""
    currency = next((each for each in listing.columns if each.key == "currency"), None)
    if currency is None or currency in columns or all(each.kind != "money" for each in columns):
        return tuple(columns)
    first = next(number for number, each in enumerate(columns) if each.kind == "money")
    return (*columns[: first + 1], currency, *columns[first + 1 :])


def heads(columns: Sequence[Column], time_zone: str) -> list[str]:
    """The first line of a file."""
    return [f"{each.title} ({time_zone})" if each.kind == "when" else each.title for each in columns]


def cells(columns: Sequence[Column], row: object, *, time_zone: str, sees_buyers: bool) -> list[Cell]:
    """One line of a file: numbers are numbers, moments are local to the time zone, ids are whole."""
    zone = ZoneInfo(time_zone)
    return [_cell(each, shown(each, row, sees_buyers=sees_buyers), zone) for each in columns]


def _cell(column: Column, value: Any, zone: ZoneInfo) -> Cell:
    if value is None:
        return column.nothing if column.kind in ("text", "code") else ""
    if column.kind == "money":
        minor, currency = value
        return Decimal(minor).scaleb(-exponent(currency))
    if column.kind == "when":
        moment: datetime = value
        return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    if column.kind == "id":
        return ids.show(*value)
    if column.kind == "state":
        state, beside = value
        text = column.labels.get(state, state.replace("_", " "))
        return f"{text}: {beside.replace('_', ' ')}" if beside else text
    return int(value) if column.kind == "number" else str(value)

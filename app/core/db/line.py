"""A connection past psycopg's cursors: what is sent often is prepared once, and statements travel together."""

from __future__ import annotations

import select
from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import adapt, pq
from psycopg.abc import Transformer
from psycopg.adapt import PyFormat
from psycopg.errors import error_from_result
from psycopg.pq.abc import PGresult

# Statements that a connection keeps plans of: more than the hot paths have, so that none is forgotten for another.
MAX_PLANS = 400
_PREPARED_AFTER = 5  # uses
# They need no plan, and pg_stat_statements counts only the first use of one that is prepared.
_NEVER_PREPARED = ("BEGIN", "BEGIN READ ONLY", "COMMIT")
_POLL_MS = 1000  # then signals are looked at

Statement = tuple[str, Sequence[Any]]


class Answer:
    """What came back of one statement."""

    __slots__ = ("_result", "_transformer")

    def __init__(self, result: PGresult, transformer: Transformer) -> None:
        self._result, self._transformer = result, transformer

    @property
    def columns(self) -> tuple[str, ...]:
        """Their names."""
        result = self._result
        return _decoded(tuple(result.fname(place) or b"" for place in range(result.nfields)))

    @property
    def count(self) -> int:
        """Rows that were found or touched."""
        return self._result.command_tuples or 0

    def all(self) -> list[Any]:
        """Its rows: columns are read by name, also from a `_mapping`, as those of SQLAlchemy."""
        return self._load(self._result.ntuples, _row_type(self.columns)._make)

    def first(self) -> Any:
        """The first of them, or None."""
        return next(iter(self._load(1, _row_type(self.columns)._make)), None) if self._result.ntuples else None

    def values(self) -> tuple[Any, ...] | None:
        """The values of the first row, or None."""
        return next(iter(self._load(1, tuple)), None) if self._result.ntuples else None

    def _load(self, rows: int, make: Callable[[Sequence[Any]], Any]) -> list[Any]:
        self._transformer.set_pgresult(self._result)
        return self._transformer.load_rows(0, rows, make)


@dataclass(slots=True)
class _Call:
    """A statement on its way; `name` where the database knows it by one, or is told it now (`is_new`)."""

    key: tuple[str, tuple[int, ...]]
    values: Sequence[Any]
    formats: Sequence[pq.Format] | None
    name: bytes | None
    is_new: bool


class Line:
    """One connection. What psycopg keeps by itself, it may forget at any rollback; these plans stay."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self._pg = connection.pgconn
        # It keeps what it found out about types; values are made and answers read by one thread at a time.
        self._transformer = adapt.Transformer(connection)
        self._uses: OrderedDict[tuple[str, tuple[int, ...]], int] = OrderedDict()
        self._names: OrderedDict[tuple[str, tuple[int, ...]], bytes] = OrderedDict()
        self._named = 0

    @property
    def is_ours(self) -> bool:
        """Whether its transactions begin and end with what is sent here, and not around it."""
        return self.connection.autocommit

    @property
    def is_idle(self) -> bool:
        """Whether no transaction is open."""
        return self._pg.transaction_status == pq.TransactionStatus.IDLE

    def send(self, statements: Sequence[Statement]) -> list[Answer]:
        """Send statements with places $1, $2… in one round trip; none is done after one that fails.

        Raises:
            psycopg.Error: the first that failed. The connection is closed where it broke, or was left midway.
        """
        calls = [self._call(text, params) for text, params in statements]
        try:
            if len(calls) == 1 and not calls[0].is_new:
                self._ask(calls[0])
                results = list(self._results(is_several=False))
            else:
                results = self._ask_together(calls)
        except BaseException:
            self.connection.close()
            raise
        self._check(results)
        return [Answer(result, self._transformer) for result in results]

    def roll_back(self) -> None:
        """Undo the open transaction, if there is one; plans stay."""
        if not self.is_idle and not self.connection.closed:
            self._pg.exec_(b"ROLLBACK")

    def forget(self) -> None:
        """Begin again without plans: the database has none any more."""
        self.roll_back()
        self._names.clear()

    def _call(self, text: str, params: Sequence[Any]) -> _Call:
        values: Sequence[Any] = ()
        types: tuple[int, ...] = ()
        formats = None
        if params:
            values = self._transformer.dump_sequence(params, [PyFormat.AUTO] * len(params))
            types, formats = tuple(self._transformer.types or ()), self._transformer.formats
        key = (text, types)
        if text in _NEVER_PREPARED:
            return _Call(key, values, formats, None, is_new=False)
        if (name := self._names.get(key)) is not None:
            self._names.move_to_end(key)
            return _Call(key, values, formats, name, is_new=False)
        uses = self._uses[key] = self._uses.pop(key, 0) + 1
        if len(self._uses) > MAX_PLANS:
            self._uses.popitem(last=False)
        # A transaction around ours may be rolled back by psycopg, which drops all plans of the connection then.
        if uses <= _PREPARED_AFTER or not self.is_ours:
            return _Call(key, values, formats, None, is_new=False)
        self._named += 1
        return _Call(key, values, formats, b"bursar_%d" % self._named, is_new=True)

    def _ask(self, call: _Call) -> None:
        text, types = call.key
        if call.is_new and call.name is not None:
            self._pg.send_prepare(call.name, text.encode(), types)
        if call.name is not None:
            self._pg.send_query_prepared(call.name, call.values, call.formats)
        else:
            self._pg.send_query_params(text.encode(), call.values, types, call.formats)

    def _ask_together(self, calls: Sequence[_Call]) -> list[PGresult]:
        """The result of each call, but for its preparation."""
        self._pg.enter_pipeline_mode()
        for call in calls:
            self._ask(call)
        self._pg.pipeline_sync()
        came = self._results(is_several=True)
        results = []
        for call in calls:
            result = next(came)
            if call.is_new:
                self._note_plan(call, result)
                if result.status == pq.ExecStatus.FATAL_ERROR:
                    results.append(result)
                    next(came)
                    continue
                result = next(came)
            results.append(result)
        for _ in came:
            raise psycopg.InternalError("more came back than was asked for")
        self._pg.exit_pipeline_mode()
        self._forget_oldest()
        return results

    def _note_plan(self, call: _Call, result: PGresult) -> None:
        if result.status == pq.ExecStatus.COMMAND_OK and call.name is not None:
            self._names[call.key] = call.name
            self._uses.pop(call.key, None)

    def _forget_oldest(self) -> None:
        while len(self._names) > MAX_PLANS:
            _, name = self._names.popitem(last=False)
            self._pg.exec_(b"DEALLOCATE " + name)

    def _results(self, *, is_several: bool) -> Iterator[PGresult]:
        """What comes back, to the end of what was sent."""
        self._flush()
        while True:
            if self._pg.is_busy():
                self._wait(select.POLLIN)
                continue
            result = self._pg.get_result()
            if result is None:
                if self._pg.status == pq.ConnStatus.BAD:
                    raise psycopg.OperationalError("the connection is lost")
                if not is_several:
                    return
            elif result.status == pq.ExecStatus.PIPELINE_SYNC:
                return
            else:
                yield result

    def _flush(self) -> None:
        while self._pg.flush():
            self._wait(select.POLLIN | select.POLLOUT)

    def _wait(self, events: int) -> None:
        poll = select.poll()
        poll.register(self._pg.socket, events)
        while not (ready := poll.poll(_POLL_MS)):
            pass
        if ready[0][1] & ~select.POLLOUT:
            self._pg.consume_input()

    def _check(self, results: Sequence[PGresult]) -> None:
        for result in results:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                error = error_from_result(result, encoding=self.connection.info.encoding)
                if self._pg.status == pq.ConnStatus.BAD:
                    self.connection.close()
                raise error


@lru_cache(maxsize=512)
def _decoded(columns: tuple[bytes, ...]) -> tuple[str, ...]:
    return tuple(column.decode() for column in columns)


@lru_cache(maxsize=512)
def _row_type(columns: tuple[str, ...]) -> Any:
    row = namedtuple("Row", columns, rename=True)  # type: ignore[misc]
    return type("Row", (row,), {"__slots__": (), "_mapping": property(row._asdict)})

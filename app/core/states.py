"""States as data: a machine is a table of edges; the one way to change a status is to follow an edge."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol

from sqlalchemy import tuple_

from app.core import context, db, outbox
from app.core.db import Model, bulk
from app.core.db.models import StateChange
from app.core.errors import Conflict
from app.core.ids import new_id


class IllegalTransition(Conflict):
    """The state does not allow this move."""

    default_code = "illegal_state"


@dataclass(frozen=True)
class RowState:
    """Where a row stands after a step; good for the next step of the same phase."""

    id: uuid.UUID
    status: str
    version: int


class HasState(Protocol):
    """What has a state: a row as it was read, or a RowState."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def status(self) -> str: ...
    @property
    def version(self) -> int: ...


@dataclass(frozen=True)
class Machine(Generic[Model]):
    """`edges` maps (from, to) to the event that this step emits, or None for a silent one."""

    name: str
    model: type[Model]
    edges: Mapping[tuple[str, str], str | None]
    initial: str

    @property
    def states(self) -> frozenset[str]:
        """Every state an edge touches."""
        return frozenset(state for edge in self.edges for state in edge)

    @property
    def terminal(self) -> frozenset[str]:
        """States that nothing leaves."""
        return self.states - {source for source, _ in self.edges}

    def allows(self, source: str, target: str) -> bool:
        """Whether the step exists; staying is always allowed."""
        return source == target or (source, target) in self.edges


def born(machine: Machine[Any], row_id: uuid.UUID, *, reason: str, actor: str) -> None:
    """Write the first line of a new row's history."""
    _record(machine, row_id, None, machine.initial, version=1, reason=reason, actor=actor)


def born_at(machine: Machine[Any], row_ids: Sequence[uuid.UUID], to: str, *, reason: str, actor: str) -> None:
    """Write the histories of new rows that were written at `to`: the initial state with version 1, or one step from it
    with version 2, whose event is emitted."""
    path = [(None, machine.initial, 1)] + ([] if to == machine.initial else [(machine.initial, to, 2)])
    if to != machine.initial and not machine.allows(machine.initial, to):
        raise IllegalTransition("illegal_state", f"A {machine.name} does not begin {to}.")
    line = {"machine": machine.name, "reason": reason, "actor": actor}
    bulk.insert(
        StateChange,
        [
            {
                "id": new_id(),
                "row_id": row_id,
                "from_state": source,
                "to_state": target,
                "version": version,
                "request_tag": context.tag_of(context.request_of(row_id)),
                **line,
            }
            for row_id in row_ids
            for source, target, version in path
        ],
    )
    topic = machine.edges.get((machine.initial, to))
    if topic is not None:
        outbox.emit_first(topic, {row_id: {f"{machine.name}_id": str(row_id)} for row_id in row_ids})


def advance(
    machine: Machine[Any],
    row: HasState,
    to: str,
    *,
    reason: str,
    actor: str,
    aggregate_id: uuid.UUID | None = None,
    payload: dict[str, Any] | None = None,
    **columns: Any,
) -> RowState:
    """Move `row` (as it was read, with id, status and version) to `to`, changing `columns` with it, writing its
    history and emitting the edge's event under `aggregate_id` (the row itself by default).
    Same → same does nothing.

    Raises:
        IllegalTransition: there is no such edge.
        VersionConflict: somebody else changed the row since it was read (raised when the write is sent).
    """
    source = row.status
    if source == to:
        return RowState(row.id, source, row.version)
    if not machine.allows(source, to):
        raise IllegalTransition(
            "illegal_state",
            f"A {machine.name} that is {source} cannot become {to}.",
            details={"from": source, "to": to},
        )
    version = row.version + 1
    changed = {"status": to, "version": version, **columns}
    db.step(machine.model, row.id, changed, status=source, version=row.version)
    _record(machine, row.id, source, to, version=version, reason=reason, actor=actor)
    topic = machine.edges[(source, to)]
    if topic is not None:
        outbox.emit(
            topic,
            aggregate_id=aggregate_id or row.id,
            payload={f"{machine.name}_id": str(row.id), **(payload or {})},
        )
    return RowState(row.id, to, version)


def advance_all(
    machine: Machine[Any], rows: Sequence[HasState], to: str, *, reason: str, actor: str, **columns: Any
) -> None:
    """Move many rows, as they were read, by edges that emit nothing, with the same change of `columns`; none is fine.

    Raises:
        IllegalTransition: there is no such edge for one of them.
        VersionConflict: somebody else changed one of them since it was read.
    """
    for row in rows:
        if machine.edges.get((row.status, to), "") is not None:
            raise IllegalTransition(
                "illegal_state", f"A {machine.name} that is {row.status} cannot become {to} silently."
            )
    if not rows:
        return
    table = machine.model.__table__
    read = [(row.id, row.status, row.version) for row in rows]
    as_read = tuple_(table.c.id, table.c.status, table.c.version).in_(read)
    changed = {"status": to, "version": table.c.version + 1, **columns}
    if db.run(table.update().where(table.c.business_id == db.here(), as_read).values(**changed)) != len(rows):
        raise db.VersionConflict("version_conflict", f"{table.name} was changed in the meantime. Try again.")
    line = {"machine": machine.name, "to_state": to, "reason": reason, "actor": actor}
    bulk.insert(
        StateChange,
        [
            {"id": new_id(), "row_id": row.id, "from_state": row.status, "version": row.version + 1, **line}
            for row in rows
        ],
    )


def _record(
    machine: Machine[Any], row_id: uuid.UUID, source: str | None, to: str, *, version: int, reason: str, actor: str
) -> None:
    db.add(
        StateChange,
        machine=machine.name,
        row_id=row_id,
        from_state=source,
        to_state=to,
        version=version,
        reason=reason,
        actor=actor,
        request_tag=context.tag_of(context.request_of(row_id)),
    )

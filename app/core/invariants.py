"""What must hold at every moment, as questions that return no row while it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.core.states import Machine


@dataclass(frozen=True)
class Check:
    """One invariant: `sql` returns the rows that break it, with business_id first where there is one.
    `:now` is the installation's moment."""

    id: str
    name: str
    sql: str


def replayed(machine: Machine[Any], id_prefix: str = "I20") -> Check:
    """The history of every row of a machine replays to its present state, step by step without a gap (I20)."""
    return Check(
        id_prefix,
        f"the history of every {machine.name.replace('_', ' ')} replays to its state",
        f"""
        WITH steps AS (
            SELECT business_id, row_id, from_state, to_state, version,
                   lag(to_state) OVER w AS before, lag(version) OVER w AS version_before,
                   row_number() OVER (PARTITION BY business_id, row_id ORDER BY version DESC) AS from_last
            FROM state_changes WHERE machine = '{machine.name}'
            WINDOW w AS (PARTITION BY business_id, row_id ORDER BY version)
        )
        SELECT row.business_id, row.id, row.status, row.version, steps.to_state, steps.version AS history_version
        FROM {machine.model.__tablename__} row
        LEFT JOIN steps ON steps.business_id = row.business_id AND steps.row_id = row.id AND steps.from_last = 1
        WHERE steps.to_state IS DISTINCT FROM row.status OR steps.version IS DISTINCT FROM row.version
        UNION ALL
        SELECT business_id, row_id, from_state, version, to_state, version_before FROM steps
        WHERE (version = 1 AND (from_state IS NOT NULL OR to_state <> '{machine.initial}'))
           OR (version > 1 AND (from_state IS DISTINCT FROM before OR version <> version_before + 1))
        LIMIT 100
        """,
    )

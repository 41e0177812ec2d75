"""Whether a business keeps every law of `flask audit`, asked in one statement whose plan is made once."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, TextClause, text

from app.core import db
from app.core.db.transaction import open_here
from app.core.invariants import Check
from app.read.operations import audit

_ALONE = text(
    "SELECT set_config('statement_timeout', '0', true), set_config('plan_cache_mode', 'force_generic_plan', true)"
)


def broken(business_id: uuid.UUID) -> list[str]:
    """The ids of the checks that something about the business breaks."""
    with db.system_reading():
        db.rows(_ALONE)
        question = _question()
        with _prepared_at_once(_connection()):
            return [row[0] for row in db.rows(question, business_id=str(business_id), **audit.moments())]


@cache
def _question() -> TextClause:
    """Every check at once: the ids of those that find a row of the business, or that are about no business. Which it
    is, is compared where the planner hands it on to the tables: the answer takes as long as the business is large,
    however many others there are."""
    return text(" UNION ALL ".join(_asked(check) for check in audit.CHECKS))


def _asked(check: Check) -> str:
    # A limit, and what is put down for two readers, hide the tables from the planner.
    whole = re.sub(r"\sLIMIT \d+\s*$", "", check.sql).replace("WITH steps AS (", "WITH steps AS NOT MATERIALIZED (")
    moments = {name: value for name, value in audit.moments().items() if f":{name}" in whole}
    columns = _connection().execute(text(f"SELECT * FROM ({whole}) found LIMIT 0"), moments).keys()
    own = "WHERE found.business_id = CAST(:business_id AS uuid)" if "business_id" in columns else ""
    return f"(SELECT '{check.id}' FROM ({whole}) found {own} LIMIT 1)"


@contextmanager
def _prepared_at_once(connection: Connection) -> Iterator[None]:
    """Statements are prepared when they are sent first, and not after some more times: planning takes the longest."""
    driver: Any = connection.connection.driver_connection
    usual, driver.prepare_threshold = driver.prepare_threshold, 0
    try:
        yield
    finally:
        driver.prepare_threshold = usual


def _connection() -> Connection:
    opened = open_here.get()
    assert opened is not None
    return opened.connection

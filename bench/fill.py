"""Many orders at once, as rows: what a list page reads, and nothing else."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg

_ORDERS = """
    INSERT INTO orders (business_id, id, created_at, status, version, currency, total_minor, paid_minor,
                        refunded_minor, buyer_reference, snapshot_hash, expires_at, details, asks_outside)
    SELECT %(business)s, gen_random_uuid(), now() - n * interval '20 seconds', 'created', 1, 'USD', 1000, 0, 0,
           'b' || n %% 5000, '', now() + interval '1 day', '{}', false
    FROM generate_series(1, %(count)s) AS n
"""


def orders(connection: psycopg.Connection[Any], business_id: uuid.UUID, count: int) -> None:
    """So many orders of one business that wait to be paid, without their lines."""
    connection.execute(_ORDERS, {"business": business_id, "count": count})
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE orders")
    connection.autocommit = False

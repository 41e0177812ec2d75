"""Many orders at once, as rows: what a list page reads, and nothing else."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import psycopg

from app.core import clock, db
from app.core.db import bulk
from app.core.ids import new_id
from app.domain.catalog.models import Product, Sku

_ORDERS = """
    INSERT INTO orders (business_id, id, created_at, number, status, version, currency, total_minor, paid_minor,
                        refunded_minor, buyer_reference, snapshot_hash, expires_at, details,
                        needs_remote_reservation, channels)
    SELECT %(business)s, gen_random_uuid(), now() - n * interval '20 seconds', 'F' || n, 'created', 1, 'USD', 1000,
           0, 0, 'b' || n %% 5000, '', now() + interval '1 day', '{}', false, '[]'
    FROM generate_series(1, %(count)s) AS n
"""


def orders(connection: psycopg.Connection[Any], business_id: uuid.UUID, count: int) -> None:
    """So many orders of one business that wait to be paid, without their lines."""
    connection.execute(_ORDERS, {"business": business_id, "count": count})
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE orders")
    connection.autocommit = False


_FIRST = ("Evening", "Morning", "Monthly", "Yearly", "Golden", "Silver", "Student", "Family", "Starter", "Night")
_THEN = ("pass", "ticket", "member", "licence", "course", "bundle", "guide")
_STATUSES = ("draft", "on_sale", "on_sale", "on_sale", "off_sale")
CHUNK = 5000


def products(connection: psycopg.Connection[Any], business_id: uuid.UUID, count: int) -> None:
    """So many products of one business, each with one SKU."""
    began = clock.now()
    for first in range(0, count, CHUNK):
        made = [_product(n, began) for n in range(first, min(first + CHUNK, count))]
        price = {"name": "1 month", "price_minor": 1000, "currency": "USD"}
        skus = [{"id": new_id(), "product_id": row["id"], "code": f"C-{row['id'].hex[-12:]}", **price} for row in made]
        with db.phase("bench.fill_products", business_id):
            bulk.insert(Product, made)
            bulk.insert(Sku, skus)
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE products")
    connection.execute("VACUUM ANALYZE skus")
    connection.autocommit = False


def _product(number: int, began: datetime) -> dict[str, Any]:
    name = f"{_FIRST[number % 10]} {_THEN[number // 10 % 7]} nr{number} {number * 7919 % 99991:x}"
    made_at = began - timedelta(seconds=20 * number)
    return {"id": new_id(), "created_at": made_at, "name": name, "status": _STATUSES[number % 5]}

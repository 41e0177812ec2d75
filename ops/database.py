"""The roles and the database inside a cluster."""

from __future__ import annotations

import psycopg
from psycopg import sql

from ops.postgres import OWNER, Postgres


def ensure(server: Postgres, name: str) -> None:
    """Make the owner's role and the database `name`, unless they are there."""
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
            # No superuser, so that row-level security holds; CREATEROLE for the roles of the migrations.
            create_role = sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB NOSUPERUSER NOBYPASSRLS")
            connection.execute(create_role.format(sql.Identifier(OWNER)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            create = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(OWNER)))

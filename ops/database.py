"""The roles and the database inside a cluster, and whether its tables are the newest."""

from __future__ import annotations

import re

import psycopg
from psycopg import sql

from app.core.db import roles
from ops.paths import ROOT
from ops.postgres import APP_LOGIN, OWNER, SYSTEM_LOGIN, Postgres

REVISION = re.compile(r"^(revision|down_revision)\b[^=]*=\s*[\"'](\w+)[\"']", re.MULTILINE)


def ensure(server: Postgres, name: str) -> None:
    """Make the database `name`, its owner and the application's logins, unless they are there."""
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
            # No superuser, so that row-level security holds; CREATEROLE for the roles of the migrations.
            create_role = sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB NOSUPERUSER NOBYPASSRLS")
            connection.execute(create_role.format(sql.Identifier(OWNER)))
        for role in (roles.APP_ROLE, roles.SYSTEM_ROLE, roles.FINDER_ROLE, roles.ERASER_ROLE):
            roles.make_role(connection, role, owner=OWNER)
        roles.make_login(connection, APP_LOGIN, (roles.APP_ROLE,))
        roles.make_login(connection, SYSTEM_LOGIN, (roles.SYSTEM_ROLE,))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            create = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(OWNER)))


def is_current(url: str) -> bool:
    """Whether the newest migration has run there; read from the files, quicker than loading the application."""
    found = [REVISION.findall(file.read_text()) for file in (ROOT / "migrations" / "versions").glob("*.py")]
    every = [(name, revision) for names in found for name, revision in names]
    heads = {r for name, r in every if name == "revision"} - {r for name, r in every if name == "down_revision"}
    try:
        with psycopg.connect(url.replace("+psycopg", ""), connect_timeout=10) as connection:
            return {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")} == heads
    except psycopg.Error:
        return False

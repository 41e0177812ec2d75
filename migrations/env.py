"""Alembic's environment: one connection, a short lock time-out, no offline mode."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, text

from app.core.db import erasing
from app.domain.accounts.privacy.kinds import updatable

database = current_app.extensions["migrate"].db
config = context.config

_TABLES = (
    "SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    " AND NOT relispartition"
)


def run() -> None:
    applied: list[str] = []
    # The tables' owner, whose login no running process has.
    engine = create_engine(current_app.config["SETTINGS"].database_owner_url)
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text("SET statement_timeout = 0"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            compare_type=True,
            on_version_apply=lambda step, **_: applied.extend(step.up_revision_ids),
        )
        with context.begin_transaction():
            context.run_migrations()
            if connection.scalar(text("SELECT to_regproc('bursar_forget')")):
                erasing.grant(connection, updatable())
        if applied:
            # Plans that are made before there are statistics stay as long as their connections.
            tables = connection.scalars(text(_TABLES)).all()
            connection.execute(text(f"ANALYZE {', '.join(tables)}"))
            connection.commit()


run()

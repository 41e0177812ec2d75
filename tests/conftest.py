"""What every test may ask for; the servers, processes and the browser come from `ops.testing.fixtures`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

pytest_plugins = ["ops.testing.fixtures"]


@pytest.fixture(scope="session")
def app(app_env: dict[str, str]) -> Iterator[Flask]:
    """The application on this worker's database and Redis."""
    from app import create_app
    from app.core.db import db
    from app.core.settings import Settings

    made = create_app(Settings.from_env(app_env))
    made.testing = True
    yield made
    with made.app_context():
        db.engine.dispose()

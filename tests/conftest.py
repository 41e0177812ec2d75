"""Fixtures for every test; the servers, processes and the browser come from `ops.testing.fixtures`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, Response, g
from hypothesis import HealthCheck, settings

from app.api.kit.openapi import codes_of
from app.core import context
from ops import environment
from ops.testing.run import Cluster

if TYPE_CHECKING:
    from tests.factories.shop import Shop

pytest_plugins = ["ops.testing.fixtures"]

# How long an example takes says how busy the machine is, and nothing about the code.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(scope="session")
def app(app_env: dict[str, str]) -> Iterator[Flask]:
    """The application in this process, on this worker's database and Redis."""
    from app import create_app
    from app.core import db
    from app.core.db import lock_log
    from app.core.settings import Settings
    from app.workflow.steps.orders import lock_order

    lock_log.watch(lock_order.RANKS, lock_order.PARTS)
    made = create_app(Settings.from_env(app_env))
    made.testing = True
    made.after_request(partial(_note_undocumented, made.extensions.setdefault("undocumented", set())))
    yield made
    db.forget_connections()


def _note_undocumented(found: set[tuple[str, int, str]], response: Response) -> Response:
    """Errors that operations answered with, and their documentation does not name."""
    operation, code = g.get("operation"), g.get("error_code")
    if operation is not None and code is not None and response.status_code >= 400 and code not in codes_of(operation):
        found.add((operation.name, response.status_code, code))
    return response


@pytest.fixture(scope="module")
def own_database(app: Flask, app_env: dict[str, str], cluster: Cluster, module_database_url: str) -> Iterator[None]:
    """A database for the tests of this file, for what goes through all businesses: in the worker's own it would come
    to all that other tests have left. Before a shop is made: `pytestmark = pytest.mark.usefixtures("own_database")`."""
    from app.core import db, settings
    from app.core.db import engine, phases

    assert app
    stored, engines = settings.current(), dict(phases._engines)
    settings.use(settings.Settings.from_env(app_env | environment.running(cluster.addresses(module_database_url))))
    engine.connect(settings.current())
    yield
    db.forget_connections()
    phases._engines.update(engines)
    settings.use(stored)


@pytest.fixture(autouse=True)
def own_work() -> Iterator[None]:
    """A test is a piece of work of its own: what it binds, such as whose time it is, is forgotten at its end."""
    with context.work():
        yield


@pytest.fixture(autouse=True)
def every_error_is_documented(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test does: the API answers no error that its documentation does not name."""
    yield
    if "app" in request.fixturenames:
        found = request.getfixturevalue("app").extensions["undocumented"]
        undocumented, _ = sorted(found), found.clear()
        assert undocumented == []


@pytest.fixture
def new_shop(app: Flask, simulator: str) -> Iterator[Callable[..., Shop]]:
    """A function that makes a business of its own with a product and a channel account."""
    from tests.factories.shop import make_shop

    assert app
    shops: list[Shop] = []

    def make(**more: Any) -> Shop:
        shops.append(make_shop(simulator, **more))
        return shops[-1]

    yield make
    for shop in shops:
        shop.end_scripts()


@pytest.fixture
def shop(new_shop: Callable[..., Shop]) -> Iterator[Shop]:
    """A business of its own; when the test is over its invariants hold."""
    made = new_shop()
    yield made
    made.audit()

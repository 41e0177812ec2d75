"""The pytest side: databases, Redis, the real processes and the browser as fixtures, each made when first requested."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ops import child, environment
from ops.environment import OWNER_URL
from ops.redis import Redis
from ops.testing import env as test_env
from ops.testing import run
from ops.testing.stack import Stack

# Fixtures that are dear to make, once for all the tests that use them.
SHARED = {"stack", "web_ports", "drill", "webs"}
LONG_LIMIT_S = 7200  # of one test in the long profile, whose counts are a hundred times those of the short one
_counter = itertools.count(1)
_FOLDER = pytest.StashKey[Path]()
_FAILED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Whoever is not a worker opens the run."""
    if not hasattr(config, "workerinput"):
        config.stash[_FOLDER] = run.open_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = config.stash.get(_FOLDER, None)
    if folder:
        run.close_folder(folder)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
    """Tests that share running processes share a worker too, so that one stack and one browser are enough. Long ones
    are left out unless the profile is `long`. Those marked `early` come before the rest, in whatever order that was
    put: a worker that met one of them at the end would keep all others waiting. After them come those that audit all
    businesses of the worker's database: at the end it has thousands."""
    if not run.is_long():
        put_off = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=put_off)
        items[:] = [item for item in items if item not in put_off]
    for item in items:
        if run.is_long() and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(LONG_LIMIT_S))
        for shared in SHARED.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group(shared))
    yield
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if item.get_closest_marker("early"):
        return 0
    return 1 if "undone" in getattr(item, "fixturenames", ()) else 2


@pytest.fixture(scope="session")
def run_folder(worker_name: str) -> Path:
    """A folder of this worker's own, gone after the run."""
    folder = Path(os.environ[run.FOLDER]) / worker_name
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def worker_name() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "gw0")


@pytest.fixture(scope="session")
def worker_slot(worker_name: str) -> int:
    """The first of three numbers that are this worker's among the databases of a given Redis (16 by default)."""
    return 1 + int(worker_name.removeprefix("gw")) * 3 % 15


@pytest.fixture(scope="session")
def cluster() -> run.Cluster:
    return run.cluster()


@pytest.fixture(scope="session")
def new_database(cluster: run.Cluster, worker_name: str) -> Iterator[Callable[[], str]]:
    """A function that makes a migrated, empty database and answers its address."""
    made: list[str] = []

    def make() -> str:
        made.append(f"{worker_name}_{next(_counter)}")
        return cluster.create(made[-1])

    yield make
    for name in made:
        cluster.drop(name)


@pytest.fixture(scope="session")
def database_url(new_database: Callable[[], str]) -> str:
    """This worker's database. Tests share it: each makes its own business."""
    return new_database()


@contextmanager
def _database(cluster: run.Cluster, worker_name: str) -> Iterator[str]:
    name = f"{worker_name}_{next(_counter)}"
    yield cluster.create(name)
    cluster.drop(name)


@pytest.fixture
def fresh_database_url(cluster: run.Cluster, worker_name: str) -> Iterator[str]:
    """A database for one test alone, for what looks across businesses."""
    with _database(cluster, worker_name) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(cluster: run.Cluster, worker_name: str) -> Iterator[str]:
    """A database for the tests of one file."""
    with _database(cluster, worker_name) as url:
        yield url


@contextmanager
def _redis(folder: Path, slot: int) -> Iterator[str]:
    """An empty Redis; with REDIS_URL another numbered database there."""
    url = os.environ.get("REDIS_URL")
    if url:
        yield f"{url.rsplit('/', 1)[0]}/{slot}"
        return
    server = Redis(folder, keep=False)
    server.start(folder.with_suffix(".log"))
    yield server.url()
    server.stop()


@pytest.fixture(scope="session")
def redis_url(run_folder: Path, worker_slot: int) -> Iterator[str]:
    """This worker's Redis."""
    with _redis(run_folder / "redis", worker_slot) as url:
        yield url


@pytest.fixture
def fresh_redis_url(run_folder: Path, worker_slot: int) -> Iterator[str]:
    """A Redis for one test alone."""
    with _redis(run_folder / f"redis{next(_counter)}", worker_slot + 1) as url:
        yield url


@pytest.fixture(scope="session")
def simulator(run_folder: Path) -> Iterator[str]:
    """The pretend payment company, a real process of this worker's own; its address."""
    alone = Stack(run_folder / "simulator", database_url="", redis_url="")
    alone.start("simulator")
    yield alone.simulator_url
    alone.stop()


@pytest.fixture(scope="session")
def owner_url(cluster: run.Cluster, database_url: str) -> str:
    """The libpq address of this worker's database under the login that owns its tables."""
    return cluster.addresses(database_url)[OWNER_URL].replace("+psycopg", "")


@pytest.fixture(scope="session")
def app_env(cluster: run.Cluster, database_url: str, redis_url: str, run_folder: Path) -> dict[str, str]:
    """The environment of the application under test in this process (without the simulator)."""
    logins = environment.running(cluster.addresses(database_url))
    own = {**logins, "REDIS_URL": redis_url, "FILES_URL": str(run_folder / "files")}
    return {**test_env.fixed(), **own, "DATABASE_POOL": "10"}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """`app.core.clock`, movable for this test and in this process only."""
    from app.core import clock as module

    monkeypatch.setenv("BURSAR_CLOCK_FILE", str(tmp_path / "clock"))
    monkeypatch.setattr(module, "_file", str(tmp_path / "clock"))
    return module


@pytest.fixture(scope="session")
def stack(run_folder: Path, new_database: Callable[[], str], worker_slot: int) -> Iterator[Stack]:
    """Everything running for real, on its own database and Redis; shared by the tests of this worker."""
    with _redis(run_folder / "stack-redis", worker_slot + 2) as redis:
        whole = Stack(run_folder / "stack", database_url=new_database(), redis_url=redis)
        try:
            whole.start()
            yield whole
        finally:
            whole.stop()


@pytest.fixture(scope="session")
def web_ports(database_url: str, redis_url: str, run_folder: Path) -> Iterator[list[int]]:
    """The ports of two web servers over this worker's database."""
    running = [Stack(run_folder / f"web{number}", database_url=database_url, redis_url=redis_url) for number in (1, 2)]
    try:
        for each in running:
            each.start("web")
        yield [each.port["web"] for each in running]
    finally:
        for each in running:
            each.stop()


@pytest.fixture
def new_stack(fresh_database_url: str, fresh_redis_url: str, tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """A function that answers a stack for this test alone, with nothing started; for tests that kill."""
    made: list[Stack] = []

    def make(**extra: str) -> Stack:
        made.append(
            Stack(tmp_path / f"s{len(made)}", database_url=fresh_database_url, redis_url=fresh_redis_url, extra=extra)
        )
        return made[-1]

    yield make
    for each in made:
        each.kill()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One browser per worker, driven by playwright."""
    from playwright.sync_api import expect

    from ops import browser as browsers

    expect.set_options(timeout=30_000)
    with browsers.launched(browsers.find()) as launched:
        yield launched


@pytest.fixture
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page in a clean context. A failing script of the page fails the test; a failed test leaves a picture."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    if request.node.stash.get(_FAILED, False):
        folder = Path(os.environ.get("BURSAR_TEST_PICTURES") or "var/test-pictures")
        folder.mkdir(parents=True, exist_ok=True)
        opened.screenshot(path=folder / f"{request.node.name}.png", full_page=True)
    context.close()
    assert not errors, f"scripts of the page failed: {errors}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call":
        item.stash[_FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., None]:
    """Wait on a condition with a generous limit, instead of sleeping: `wait_until(lambda: …)`."""

    def wait(condition: Callable[[], object], *, limit_s: float = 60, what: str = "the condition") -> None:
        assert child.wait_until(lambda: bool(condition()), limit_s=limit_s, pause_s=0.05), f"{what} did not come true"

    return wait

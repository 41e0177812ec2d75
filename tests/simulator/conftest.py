"""The company of this test process, as good as new for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.testing.stack import Stack
from tests.simulator.company import Company, Receiver


@pytest.fixture(scope="session")
def _company(run_folder: Path) -> Iterator[Company]:
    """Not the `simulator` that other tests share, since each test here makes the company forget everything."""
    alone = Stack(run_folder / "pretend-pay", database_url="", redis_url="")
    alone.start("simulator")
    yield Company(alone.simulator_url)
    alone.stop()


@pytest.fixture
def company(_company: Company) -> Company:
    _company.admin("POST", "/reset")
    _company.register()
    return _company


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Stack]:
    """Only the company, for tests that stop it."""
    alone = Stack(tmp_path, database_url="", redis_url="")
    alone.start("simulator")
    yield alone
    alone.kill()


@pytest.fixture
def own_company(own_stack: Stack) -> Company:
    own = Company(own_stack.simulator_url)
    own.register()
    return own


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    listening = Receiver()
    yield listening
    listening.close()

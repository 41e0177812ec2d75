"""The company of this test process, as good as new for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator.company import Company, Receiver


@pytest.fixture(scope="session")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    company = Company(tmp_path_factory.mktemp("pretend-pay") / "data.sqlite3")
    company.start()
    yield company
    company.stop()


@pytest.fixture
def company(_running: Company) -> Company:
    _running.admin("POST", "/reset")
    _running.register()
    return _running


@pytest.fixture
def own_company(tmp_path: Path) -> Iterator[Company]:
    """One for tests that stop it."""
    company = Company(tmp_path / "data.sqlite3")
    company.start()
    company.register()
    yield company
    if company.process.poll() is None:
        company.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    listening = Receiver()
    yield listening
    listening.close()

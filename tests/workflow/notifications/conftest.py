"""The folder that mails are written to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app.core import settings


@pytest.fixture
def box(tmp_path: Path, app: Flask) -> Iterator[Path]:
    """The folder that mails are written to."""
    assert app
    before = settings.current()
    settings.use(replace(before, mail_url=(tmp_path / "mail").as_uri(), mail_from="portal@bursar.test"))
    yield tmp_path / "mail"
    settings.use(before)

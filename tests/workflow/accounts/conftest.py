"""Mails to people, so that a test sees of what they are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app.core import settings


@pytest.fixture
def mail_on(tmp_path: Path, app: Flask) -> Iterator[None]:
    """This installation sends mail."""
    assert app
    before = settings.current()
    settings.use(replace(before, mail_url=(tmp_path / "mail").as_uri(), mail_from="portal@bursar.test"))
    yield
    settings.use(before)

"""Somebody signed in to the portal of a shop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app.core import settings
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.pages import Visitor


@pytest.fixture
def signed_in(app: Flask) -> Callable[..., Visitor]:
    """A function that signs a person of the role in to the shop."""

    def sign_in(shop: Shop, role: str = "owner") -> Visitor:
        visitor, login = Visitor(app), make_user(shop.business_id, role)
        assert visitor.log_in(login.email, login.password).heading == "Home"
        return visitor

    return sign_in


@pytest.fixture
def owner(shop: Shop, signed_in: Callable[..., Visitor]) -> Visitor:
    """The shop's owner."""
    return signed_in(shop)


@pytest.fixture
def box(tmp_path: Path, app: Flask) -> Iterator[Path]:
    """The folder that mails are written to."""
    assert app
    before = settings.current()
    settings.use(replace(before, mail_url=(tmp_path / "mail").as_uri(), mail_from="portal@bursar.test"))
    yield tmp_path / "mail"
    settings.use(before)

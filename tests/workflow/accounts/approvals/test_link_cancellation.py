"""The link that cancels names one request, and is nobody's to make."""

from __future__ import annotations

import uuid

import pytest
from flask import Flask

from app.core.errors import NotFound
from app.workflow.accounts.approvals.link_cancellation import Cancellation, link_of, read_token
from app.workflow.accounts.lifecycle.link_sign_up import link_of as sign_up_link_of

NAMED = Cancellation(uuid.UUID(int=1), uuid.UUID(int=2), "usr_01jd63x2hbfg6rw3r000000001")


def test_a_link_names_what_it_was_made_of(app: Flask) -> None:
    assert app
    assert read_token(_token(link_of(NAMED))) == NAMED


def test_what_we_did_not_sign_for_this_is_refused(app: Flask) -> None:
    assert app
    other = _token(sign_up_link_of("ann@shop.example", NAMED.business_id, 1, is_invited=False))
    for token in ("", "x", _token(link_of(NAMED))[:-3], other):
        with pytest.raises(NotFound):
            read_token(token)


def _token(link: str) -> str:
    return link.rpartition("/")[2]

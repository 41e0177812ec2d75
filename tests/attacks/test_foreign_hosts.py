"""A request may name any host: no address that we answer is made of it."""

from __future__ import annotations

import pytest
from flask import Flask

FOREIGN = "foreign.example"
PATHS = [
    "/portal//login?next=/portal",
    "/v1//orders",
    "/c//ses_1",
    "/static//logo.svg",
    "/portal",
    "/portal/login",
    "/portal/nothing",
    "/v1/nothing",
    "/docs",
    "/openapi.json",
    "/sdk/v1/session",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_answer_leads_to_the_host_that_was_named(app: Flask, path: str, method: str) -> None:
    more = {"X-Forwarded-Host": FOREIGN, "X-Forwarded-Proto": "https", "Forwarded": f"host={FOREIGN}"}

    answer = app.test_client().open(path, method=method, base_url=f"http://{FOREIGN}", headers=more)

    assert answer.status_code < 500
    assert FOREIGN not in answer.headers.get("Location", "")
    assert FOREIGN not in answer.text


def test_who_is_sent_to_the_right_spelling_stays_here(app: Flask) -> None:
    answer = app.test_client().get("/portal//login?next=/portal")

    assert (answer.status_code, answer.headers["Location"]) == (308, "/portal/login?next=/portal")


@pytest.mark.parametrize("host", ["[::1", "a b@c:99999", "a/b", "", "foreign.example\\"])
def test_a_host_that_is_none_breaks_nothing(app: Flask, host: str) -> None:
    answer = app.test_client().get("/portal//login", headers={"Host": host})

    assert (answer.status_code, answer.headers["Location"]) == (308, "/portal/login")

"""Programs have no session, and people's stay as they are."""

from __future__ import annotations

import pytest
from flask import Response, session

from app.core.web.application import PROGRAMS, Application


@pytest.fixture
def made() -> Application:
    """An application whose every address counts, in the session, how often it was called."""
    application = Application("counts")
    application.config["SECRET_KEY"] = "a key"

    def count(_path: str = "") -> Response:
        session["calls"] = session.get("calls", 0) + 1
        return Response(str(session["calls"]))

    def look(_path: str = "") -> Response:
        return Response(str(session.get("calls")))

    application.add_url_rule("/portal/<path:_path>", "count", count)
    for prefix in PROGRAMS:
        application.add_url_rule(f"{prefix}look/<path:_path>", f"look {prefix}", look)
        application.add_url_rule(f"{prefix}count/<path:_path>", f"count {prefix}", count)
    return application


def test_people_have_a_session(made: Application) -> None:
    client = made.test_client()

    assert [client.get("/portal/home").text for _ in range(2)] == ["1", "2"]


@pytest.mark.parametrize("prefix", PROGRAMS)
def test_the_session_of_a_browser_means_nothing_to_programs(made: Application, prefix: str) -> None:
    client = made.test_client()
    client.get("/portal/home")

    answer = client.get(f"{prefix}look/orders")

    assert answer.text == "None"
    assert "Set-Cookie" not in answer.headers
    assert client.get("/portal/home").text == "2"


@pytest.mark.parametrize("prefix", PROGRAMS)
def test_nothing_for_programs_is_kept_in_a_session(made: Application, prefix: str) -> None:
    made.testing = True

    with pytest.raises(RuntimeError, match="no session"):
        made.test_client().get(f"{prefix}count/orders")

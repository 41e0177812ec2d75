"""What the front says in the application's place is what the application says of itself."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask

from app.api.kit import problems, reading
from app.api.kit.catalogue import CATALOGUE
from app.api.v1 import v1
from app.front import limits, refusals
from app.front.refusals import Refusal
from app.web.marks import marks_of


def test_refusals_are_in_the_catalogue() -> None:
    every = [each for each in vars(refusals).values() if isinstance(each, Refusal)]

    assert len(every) >= 5
    for each in every:
        kind = CATALOGUE[each.code]
        assert (kind.status, kind.title) == (each.status, each.title)


def test_programs_are_the_same_here_and_there() -> None:
    assert refusals.JSON_PREFIXES == problems.JSON_PREFIXES


def test_the_front_lets_through_what_a_route_takes(app: Flask) -> None:
    larger = dict(_larger(app))

    assert len(larger) >= 8
    for path, most in larger.items():
        assert limits.most_bytes("POST", path) >= most, path
        assert limits.most_bytes("POST", path) <= most + 2 * limits.FORM_BYTES, path


def test_nothing_else_may_send_more_than_json(app: Flask) -> None:
    larger = dict(_larger(app))
    for rule in app.url_map.iter_rules():
        path = _filled(rule.rule)
        if path not in larger and not path.startswith("/callbacks/"):
            for method in rule.methods or ():
                assert limits.most_bytes(method, path) == limits.SMALL_BODY_BYTES, path


def test_small_bodies_are_refused_by_the_application_itself() -> None:
    assert reading.MAX_BODY_BYTES < limits.SMALL_BODY_BYTES


def _larger(app: Flask) -> Iterator[tuple[str, int]]:
    """The routes that take files, and how much."""
    uploads = {f"v1.{each.name}": each.upload for each in v1.operations if each.upload is not None}
    for rule in app.url_map.iter_rules():
        most = marks_of(app.view_functions[rule.endpoint]).most_bytes
        if most is not None and "POST" in (rule.methods or ()):
            yield _filled(rule.rule), most
        if rule.endpoint in uploads:
            yield _filled(rule.rule), uploads[rule.endpoint].most_bytes + reading.MAX_BODY_BYTES


def _filled(rule: str) -> str:
    return "/".join("1" if part.startswith("<") else part for part in rule.split("/"))

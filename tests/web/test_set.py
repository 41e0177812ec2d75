"""Pages as a set: addresses, views and templates answer to one another, and nothing is drawn twice or unchecked."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections import Counter
from pathlib import Path

import pytest
from flask import Flask

from ops.paths import ROOT

TEMPLATES = ROOT / "templates"


def test_an_endpoint_names_its_view_and_its_template(app: Flask) -> None:
    pages = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("portal.")]
    for rule in pages:
        _, section, name = rule.endpoint.split(".")
        view = inspect.unwrap(app.view_functions[rule.endpoint])

        folder = view.__module__.removeprefix("app.web.portal.").removesuffix(".views").split(".")
        assert (folder[-1], view.__name__) == (section, name)
        if "GET" in (rule.methods or ()):
            assert TEMPLATES.joinpath("portal", *folder, f"{name}.html").exists(), rule.endpoint
    assert pages


def test_views_stay_short(app: Flask) -> None:
    for endpoint, view in app.view_functions.items():
        if not endpoint.startswith(("portal.", "auth.")):
            continue
        source = inspect.getsource(inspect.unwrap(view))
        body = source[source.index("def ") :].rstrip().split("\n")[1:]

        assert len(body) <= 15, f"{endpoint}: {len(body)} lines"


def test_a_component_has_one_definition_and_every_use_has_one() -> None:
    files = list(TEMPLATES.rglob("*.html"))
    drawn = [name for file in (TEMPLATES / "components").glob("*.html") for name in _found(file, r"macro (\w+)\(")]
    used = {name for file in files for name in _found(file, r"\bui\.(\w+)")}

    assert [name for name, times in Counter(drawn).items() if times > 1] == []
    assert used <= set(drawn)


def test_templates_stay_small_and_hold_no_style() -> None:
    for file in TEMPLATES.rglob("*.html"):
        text = file.read_text()

        assert text.count("\n") <= 150, file
        assert not re.search(r"\sstyle=|<style|\son\w+=|\|safe\b(?! }}</svg>)", text), file


def test_scripts_of_others_are_what_their_checksums_say() -> None:
    folder = ROOT / "static" / "vendor" / "htmx"
    listed = dict(reversed(line.split()) for line in (folder / "SHA256SUMS").read_text().splitlines())

    assert {file.name for file in folder.iterdir()} == {*listed, "SHA256SUMS"}
    for name, digest in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("path", ["/portal/nothing-here", "/nothing-here"])
def test_an_address_that_leads_nowhere_is_a_page_of_ours(app: Flask, path: str) -> None:
    response = app.test_client().get(path)

    assert response.status_code in (302, 404)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("path", "text"), [("/nothing-here", "may be wrong"), ("/c/nothing", "go back to the shop")])
def test_a_lost_person_reads_sentences_of_ours(app: Flask, path: str, text: str) -> None:
    page = app.test_client().get(path).text

    assert text in page
    assert "URL was not found" not in page


def _found(file: Path, pattern: str) -> list[str]:
    return re.findall(pattern, file.read_text())

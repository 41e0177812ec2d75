"""The documentation as a site: every page is there, every link leads somewhere, the search finds what is written."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.api.docs import prose, reference, shelf
from app.api.docs.samples import samples
from app.api.docs.views import document

GUIDES = ("how-to", "reference")


def _pages(app: Flask) -> list[str]:
    with app.app_context():
        areas = [slug for slug, _ in reference.areas(document())]
    return [
        "/docs",
        "/docs/api",
        "/docs/errors",
        *(f"/docs/api/{each}" for each in areas),
        *(f"/docs/{each}" for each in shelf.slugs()),
    ]


def test_every_page_is_small_and_runs_no_script_within_itself(app: Flask, client: FlaskClient) -> None:
    for address in _pages(app):
        page = client.get(address)

        assert page.status_code == 200, address
        assert "script-src 'self';" in page.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?! src=\"/static/docs/)|<style|style=|src=\"http", page.text), address
        assert page.text.count("<h1") == 1, address
        assert "&lt;!--" not in page.text, address
        assert len(page.data) < 400_000, address


def test_every_link_within_the_site_leads_to_something(app: Flask, client: FlaskClient) -> None:
    texts = {address: client.get(address).text for address in _pages(app)}
    anchors = {address: set(re.findall(r'\sid="([^"]+)"', text)) for address, text in texts.items()}
    broken = []
    for address, text in texts.items():
        for link in sorted(set(re.findall(r'(?:href|src)="((?:/docs|#)[^"]*)"', text))):
            path, _, anchor = link.partition("#")
            path = path or address
            if path in texts:
                if anchor and anchor not in anchors[path]:
                    broken.append((address, link))
            elif client.get(path).status_code != 200:
                broken.append((address, link))
    assert broken == []


def test_the_navigation_holds_every_guide_and_reference_once() -> None:
    listed = [slug for _, slugs in shelf.GROUPS for slug in slugs]

    assert len(listed) == len(set(listed))
    assert {slug for slug in shelf.slugs() if slug.startswith(GUIDES)} == {
        slug for slug in listed if slug.startswith(GUIDES)
    }
    assert [slug for slug in listed if shelf.file_of(slug) is None] == []


def test_the_search_reads_sections_operations_and_errors(client: FlaskClient) -> None:
    rows = json.loads(client.get("/docs/search.json").data)
    by_address = {row[0]: row for row in rows}

    assert by_address["/docs/how-to/ship#2-sell-it"][1:3] == ["Ship", "2. Sell it"]
    assert by_address["/docs/errors#address_required"][1] == "Errors"
    assert any("POST /v1/orders" in row[3] for row in rows)
    assert len(by_address) == len(rows)


@pytest.mark.parametrize(
    "address",
    ["/docs/nothing", "/docs/how-to", "/docs/api/nothing", "/docs/../app/core/settings", "/docs/images/../glossary.md"],
)
def test_what_is_no_page_is_not_there(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_a_slash_at_the_end_leads_to_the_site(client: FlaskClient) -> None:
    assert client.get("/docs/").headers["Location"] == "/docs"


def test_markdown_becomes_a_page(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text("# A\n\n## What’s `new`?\n\n<b>no</b> [out](https://x.example) [file](gone.py)\n\n## What’s new?\n")

    sections = prose.sections(file)

    assert [(each.anchor, each.title) for each in sections] == [
        ("a", "A"),
        ("whats-new", "What’s new?"),
        ("whats-new-1", "What’s new?"),
    ]
    assert sections[1].text == "<b>no</b> out file"
    assert prose.address_of("gone.py", file) is None
    assert prose.address_of("#a", file) == "#a"
    assert prose.address_of("../tutorial.md#1-start", shelf.FOLDER / "how-to" / "ship.md") == "/docs/tutorial#1-start"


def test_samples_are_code_that_runs() -> None:
    operation = {
        "parameters": [
            {"name": "id", "in": "path", "schema": {"examples": ["ord_1"]}},
            {"name": "Idempotency-Key", "in": "header", "schema": {}},
        ],
        "security": [{"secretKey": []}],
    }
    sent = {"paid": True, "note": "true", "more": [None, {"none": None}]}

    made = dict(samples("https://pay.example/", method="POST", path="/v1/orders/{id}", operation=operation, sent=sent))

    assert made["curl"].startswith("curl -X POST https://pay.example/v1/orders/ord_1 \\\n")
    body = made["Python"].partition("json=")[2].partition(",\n)")[0]
    assert eval(body, {}) == sent  # noqa: S307
    assert "str(uuid.uuid4())" in made["Python"]
    assert "'Idempotency-Key': crypto.randomUUID()" in made["JavaScript"]


def test_a_file_is_sent_as_a_form_and_tried_nowhere(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        shown = document()
        listed = [each for _, name in reference.areas(shown) for each in reference.operations(shown, name)]
    files = {each["operationId"]: dict(each["samples"]) for each in listed if each["takes_file"]}
    pages = "".join(client.get(address).text for address in _pages(app) if address.startswith("/docs/api/"))
    paths = {each["path"] for each in listed if each["takes_file"] and each["method"] == "POST"}

    assert len(files) > 5
    for each in files.values():
        ast.parse(each["Python"])
        assert "--json" not in each["curl"]
        assert "-F 'file=@FILE'" in each["curl"]
        assert 'files={"file": open("FILE", "rb")}' in each["Python"]
        assert "form.set('file', file);" in each["JavaScript"]
        assert "  body: form,\n});" in each["JavaScript"]
    assert not [each for each in paths if f'data-method="POST" data-path="{each}"' in pages]
    assert 'data-method="POST" data-path="/v1/orders"' in pages


def test_the_site_is_written_as_files(app: Flask, tmp_path: Path) -> None:
    done = app.test_cli_runner().invoke(args=["docs", str(tmp_path)])

    assert done.exit_code == 0, done.output
    assert "Ship" in (tmp_path / "docs" / "how-to" / "ship" / "index.html").read_text()
    assert (tmp_path / "docs" / "api" / "orders" / "index.html").exists()
    assert (tmp_path / "docs" / "images" / "ship-checkout-1280.png").exists()
    wanted = set(re.findall(r'(?:href|src)="/(static/[^"]+)"', (tmp_path / "docs" / "index.html").read_text()))
    assert {name for name in wanted if not (tmp_path / name).exists()} == set()

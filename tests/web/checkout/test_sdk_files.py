"""The SDK's files as a page of another origin loads them."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from flask import Flask


def test_any_page_may_load_it_and_the_moving_path_is_not_kept_for_long(app: Flask) -> None:
    response = app.test_client().get("/static/sdk/v1/bursar.js")

    assert response.status_code == 200
    assert response.mimetype == "text/javascript"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "max-age=300" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    "name", ["loader.js", "bursar.js", "bursar.mjs", "deferred_parts.mjs", "modal.mjs", "core.mjs"]
)
def test_a_versioned_file_is_kept_for_good_and_has_the_hash_we_print(app: Flask, name: str) -> None:
    client = app.test_client()
    printed = json.loads(client.get("/static/sdk/v1/integrity.json").get_data())

    response = client.get(f"/static/sdk/{printed['version']}/{name}")

    digest = base64.b64encode(hashlib.sha384(response.get_data()).digest()).decode()
    assert printed["files"][name] == f"sha384-{digest}"
    assert "immutable" in response.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["loader.js", "bursar.js", "bursar.mjs", "contact.mjs"])
def test_a_script_says_where_its_source_map_is(app: Flask, name: str) -> None:
    client = app.test_client()

    said = client.get(f"/static/sdk/v1/{name}").headers["SourceMap"]
    found = json.loads(client.get(f"/static/sdk/v1/{said}").get_data())

    assert found["sources"]
    assert len(found["sourcesContent"]) == len(found["sources"])


@pytest.mark.parametrize("path", ["v1/nothing.js", "v9/bursar.js", "v1/..%2f..%2fcss/base.css", "../../app/cli.py"])
def test_nothing_else_is_served(app: Flask, path: str) -> None:
    assert app.test_client().get(f"/static/sdk/{path}").status_code == 404

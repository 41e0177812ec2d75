"""Addresses of the hosted pages with ids that are none: a calm page, in the buyer's language, and no insides."""

from __future__ import annotations

import pytest
from flask import Flask

WRONG = ("ses_1", "cfg_1", "x", "ses_" + "z" * 300, "..%2f..", "%00", "ses_01'%22%3E", "%F0%9F%8C%99", "null")
PATHS = ("/c/{}", "/c/{}/return", "/c/{}/status", "/c/{}/appearance.css", "/c/{}/owned", "/b/{}", "/f/{}")
INSIDES = ("Traceback", "pattern", "ValueError", "sqlalchemy", "String should")


@pytest.mark.parametrize("path", PATHS)
def test_a_malformed_id_gets_a_calm_page(app: Flask, path: str) -> None:
    for wrong in WRONG:
        answer = app.test_client().get(path.format(wrong), headers={"Accept-Language": "en"})

        assert answer.status_code in (400, 401, 404), (wrong, answer.status_code)
        assert not [each for each in INSIDES if each in answer.text], wrong
        assert "<h1" in answer.text, wrong


@pytest.mark.parametrize("path", ["/c/ses_1", "/c/ses_1/leave"])
def test_a_form_for_a_malformed_id_gets_one_too(app: Flask, path: str) -> None:
    answer = app.test_client().post(path, data={"quantity_1": "x"})

    assert answer.status_code in (400, 404)
    assert "<h1" in answer.text

"""The OpenAPI document, its pages, and health checks."""

from __future__ import annotations

import re

from openapi_spec_validator import validate

from app.api.kit.catalogue import CATALOGUE


def test_the_document_is_valid(document) -> None:
    validate(document.shown)


def test_every_shape_has_a_name_of_its_own(document) -> None:
    """Those who make a client from the document call their classes by it."""
    assert [name for name in document.shown["components"]["schemas"] if "__" in name] == []


def test_every_json_route_is_in_the_document(app, document) -> None:
    served = {
        (method.lower(), re.sub(r"<(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(("/v1/", "/sdk/"))
    }
    shown = {(method, path) for path, methods in document.shown["paths"].items() for method in methods}

    assert served == shown


def test_every_code_of_the_document_is_explained(document) -> None:
    codes = set(re.findall(r"'x-codes': \[([^\]]*)\]", str(document.shown)))

    assert {code.strip("' ") for group in codes for code in group.split(",")} <= set(CATALOGUE)


def test_operators_are_answered(client) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ready", "checks": {"database": "ok", "redis": "ok", "clock": "ok"}}


def test_metrics_are_not_public(client) -> None:
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer wrong"}):
        assert client.get("/metrics", headers=headers).status_code == 404

    shown = client.get("/metrics", headers={"Authorization": "Bearer only-for-tests-metrics"})

    assert shown.status_code == 200
    assert "bursar_events_due" in shown.text
    assert "bursar_http_requests_total" in shown.text

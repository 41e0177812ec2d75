"""Every URL of the application, requested by a stranger without credentials."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import Rule

# What anybody may read or try; everything else turns a stranger away.
OPEN = {
    "auth.log_in",
    "auth.log_out",
    "auth.sign_in",
    "docs.api",
    "docs.errors",
    "docs.index",
    "docs.search",
    "docs.slash",
    "docs.spec",
    "opening.index",
    "opening.send",
    "ops.healthz",
    "ops.readyz",
    "resetting.show_request",
    "resetting.send",
    "root",
    "sdk_files.get",
    "static",
}
REFUSALS = {400, 401, 403, 404}


def test_every_address_turns_a_stranger_away(app: Flask) -> None:
    found = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PATCH", "PUT", "DELETE"}):
            response = app.test_client().open(_address(rule), method=method)
            is_sent_to_log_in = response.status_code in {302, 303} and "/portal/login" in response.location
            if response.status_code not in REFUSALS and not is_sent_to_log_in:
                found[f"{method} {rule}"] = response.status_code

    assert not found


def test_open_addresses_exist(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= OPEN


def _address(rule: Rule) -> str:
    """The rule with a made-up value in each of its places."""
    address = str(rule)
    for name in rule.arguments:
        before, _, rest = address.partition(f"{name}>")
        address = f"{before[: before.rindex('<')]}made-up{rest}"
    return address

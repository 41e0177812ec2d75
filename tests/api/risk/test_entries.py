"""Lists by key."""

from __future__ import annotations

from app.core.ids import new_id, show
from tests.api.conftest import Merchant

ENTRY = {"list": "block", "kind": "email", "value": "Jo+1@mail.example", "reason": "Chargebacks"}


def test_an_entry_is_made_found_changed_and_removed(merchant: Merchant) -> None:
    made = merchant.post("/v1/risk/entries", ENTRY).json
    path = f"/v1/risk/entries/{made['id']}"

    again = merchant.post("/v1/risk/entries", ENTRY)
    changed = merchant.call("PATCH", path, {"reason": "Fraud", "expires_at": "2035-01-01T00:00:00Z"}).json
    found = merchant.get("/v1/risk/entries?value=jo@&list=block&kind=email&expired=false").json["data"]
    removed = merchant.call("DELETE", path)

    assert (made["value"], made["source"], made["hits"]) == ("jo@mail.example", "api", 0)
    assert (again.status_code, again.json["code"]) == (409, "risk_entry_exists")
    assert changed == {**made, "reason": "Fraud", "expires_at": "2035-01-01T00:00:00.000Z"}
    assert found == [changed]
    assert removed.status_code == 204
    assert merchant.get("/v1/risk/entries").json["data"] == []
    assert merchant.get(path).status_code == 404


def test_what_cannot_be_an_entry_is_refused(merchant: Merchant) -> None:
    wrong = merchant.post("/v1/risk/entries", {**ENTRY, "value": "nobody"})
    over = merchant.post("/v1/risk/entries", {**ENTRY, "expires_at": "2001-01-01T00:00:00Z"})
    unknown = merchant.call("DELETE", f"/v1/risk/entries/{show('rle', new_id())}")

    assert (wrong.status_code, wrong.json["code"], wrong.json["param"]) == (422, "invalid_risk_entry", "value")
    assert (over.json["code"], over.json["param"]) == ("invalid_risk_entry", "expires_at")
    assert unknown.status_code == 404

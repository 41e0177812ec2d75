"""Files of buyers and members by API: sent, looked through, applied."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.ids import parse
from app.workflow.catalog import import_products

BUYERS = b"reference,name,language\nB-1,Ada,de\nB-2,Bea,!\n"


def test_a_file_of_buyers_is_sent_looked_through_and_applied(merchant: Any) -> None:
    sent = merchant.post("/v1/buyer-imports", (BUYERS, {}))
    path = f"/v1/buyer-imports/{sent.json['id']}"
    early = merchant.post(f"{path}/apply")
    _work(merchant, sent)

    rows = merchant.get(f"{path}/rows?limit=1").json
    refused = merchant.get(f"{path}/rows?kind=refused").json["data"]
    merchant.post(f"{path}/apply")
    _work(merchant, sent)

    assert (sent.status_code, sent.json["status"], early.json["code"]) == (201, "checking", "illegal_state")
    assert (rows["has_more"], rows["data"][0]["buyer_reference"]) == (True, "B-1")
    assert [(row["line"], list(row["errors"])) for row in refused] == [(3, ["language"])]
    done = merchant.get(path).json
    assert (done["status"], done["applied"], done["refused"]) == ("done", 1, 1)
    [made] = merchant.get("/v1/buyers?reference=B-1").json["data"]
    assert (made["name"], made["source"]) == ("Ada", "import")
    assert [each["id"] for each in merchant.get("/v1/buyer-imports").json["data"]] == [done["id"]]
    assert merchant.get("/v1/product-imports").json["data"] == []
    assert merchant.get(path.replace("buyer", "product")).status_code == 404


def test_a_file_of_members_grants_and_is_discarded(merchant: Any) -> None:
    sku = merchant.get("/v1/products").json["data"][0]["skus"][0]["code"]
    file = f"buyer,sku,ends\nann,{sku},2099-01-31\nbob,{sku},2099-02-01\n".encode()
    sent, other = (merchant.post("/v1/membership-imports", (file, form)) for form in ({"with_mail": "yes"}, {}))
    for each in (sent, other):
        _work(merchant, each)

    merchant.post(f"/v1/membership-imports/{sent.json['id']}/apply")
    _work(merchant, sent)
    discarded = merchant.post(f"/v1/membership-imports/{other.json['id']}/discard").json

    done = merchant.get(f"/v1/membership-imports/{sent.json['id']}").json
    assert (done["status"], done["applied"], done["with_mail"], other.json["with_mail"]) == ("done", 2, True, False)
    found = merchant.get("/v1/memberships?buyer_reference=ann").json["data"]
    assert [each["current"]["ends_at"][:4] if each.get("current") else each["ends_at"][:4] for each in found] == [
        "2099"
    ]
    assert discarded["status"] == "discarded"


@pytest.mark.parametrize("kind", ["buyer", "membership"])
def test_what_is_no_file_is_refused(merchant: Any, kind: str) -> None:
    empty, large = (merchant.post(f"/v1/{kind}-imports", (content, {})) for content in (b"", b"x" * 20_300_000))

    assert (empty.status_code, empty.json["code"]) == (422, "invalid_file")
    assert large.status_code in (413, 422)


def _work(merchant: Any, sent: Any) -> None:
    while import_products.work(merchant.shop.business_id, parse("imp", sent.json["id"])):
        pass

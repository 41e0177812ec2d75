"""Files of products by API: sent, looked through, applied, and written out."""

from __future__ import annotations

from typing import Any

from app.core.ids import parse
from app.lib import packed_sheets
from app.workflow.catalog import import_products
from tests.factories.files import image, packed

FILE = b"product,sku,price,currency\nOpera,OP-1,12.50,USD\n=1+1,OP-2,x,USD\n"


def test_a_file_is_sent_looked_through_and_applied(merchant: Any) -> None:
    sent = merchant.post("/v1/product-imports", (FILE, {}))
    path = f"/v1/product-imports/{sent.json['id']}"
    early = merchant.post(f"{path}/apply")
    _work(merchant, sent)

    rows = merchant.get(f"{path}/rows?limit=1").json
    refused = merchant.get(f"{path}/rows?kind=refused&behind=2").json["data"]
    response = merchant.post(f"{path}/apply")
    _work(merchant, sent)

    assert (sent.status_code, sent.json["status"], early.status_code, early.json["code"]) == (
        *(201, "checking"),
        *(409, "illegal_state"),
    )
    assert (rows["has_more"], rows["data"][0]["kind"], response.json["status"]) == (True, "create", "applying")
    assert [(row["line"], list(row["errors"])) for row in refused] == [(3, ["price"])]
    done = merchant.get(path).json
    assert (done["status"], done["applied"], done["refused"]) == ("done", 1, 1)
    assert [each["id"] for each in merchant.get("/v1/product-imports").json["data"]] == [done["id"]]
    assert "OP-1" in merchant.get("/v1/product-export?q=opera").text
    assert merchant.get("/v1/product-export?q=nothing").text.count("\r\n") == 1


def test_what_is_no_file_is_refused(merchant: Any) -> None:
    empty, large = (merchant.post("/v1/product-imports", (content, {})) for content in (b"", b"x" * 20_300_000))

    assert (empty.status_code, empty.json["code"]) == (422, "invalid_file")
    assert (large.status_code, "20 MB" in large.json["detail"]) == (422, True)


def test_a_body_beyond_every_file_is_not_read(merchant: Any) -> None:
    told = {"CONTENT_LENGTH": str(packed_sheets.MAX_BYTES + 1_000_000)}
    key = {"Authorization": f"Bearer {merchant.key}", "Idempotency-Key": "beyond"}

    refused = merchant.client.post("/v1/product-imports", headers=key, environ_overrides=told)

    assert refused.status_code == 413


def test_a_zip_file_brings_images_and_is_given_back(merchant: Any) -> None:
    table = "product,sku,price,currency,images\nMug,MUG-1,5,USD,mug.png: A mug\n"
    sent = merchant.post("/v1/product-imports", (packed(table, {"images/mug.png": image()}), {}))
    _work(merchant, sent)
    merchant.post(f"/v1/product-imports/{sent.json['id']}/apply")
    _work(merchant, sent)

    given = merchant.get("/v1/product-export/zip?q=mug")
    again = merchant.post("/v1/product-imports", (given.get_data(), {}))
    _work(merchant, again)

    assert given.headers["Content-Disposition"] == 'attachment; filename="products.zip"'
    run = merchant.get(f"/v1/product-imports/{again.json['id']}").json
    assert (run["status"], run["unchanged"], run["to_change"], run["refused"]) == ("ready", 1, 0, 0)


def _work(merchant: Any, sent: Any) -> None:
    while import_products.work(merchant.shop.business_id, parse("imp", sent.json["id"])):
        pass

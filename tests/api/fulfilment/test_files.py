"""Files to download over HTTP."""

from __future__ import annotations

import io
from typing import Any

from app.core.ids import show
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import ProductCommand


def _upload(merchant: Any, path: str, name: str, content: bytes = b"content") -> Any:
    sent = {"file": (io.BytesIO(content), "whatever.bin"), "name": name}
    return merchant.client.post(path, data=sent, headers={"Authorization": f"Bearer {merchant.key}"})


def test_files_are_added_replaced_listed_and_taken_away(merchant: Any) -> None:
    command = ProductCommand(name="Font", delivery_kind="download")
    product = show("prd", manage_catalog.create_product(merchant.shop.business_id, command, actor="test"))

    made = _upload(merchant, f"/v1/products/{product}/files", "a/b/font.otf").json
    newer = _upload(merchant, f"/v1/files/{made['id']}/versions", "font-2.otf", b"better!").json
    empty = _upload(merchant, f"/v1/products/{product}/files", "empty", b"")
    listed = merchant.get(f"/v1/products/{product}/files").json["data"]
    response = merchant.call("DELETE", f"/v1/files/{made['id']}")

    assert (made["name"], made["version"], made["downloads"]) == ("font.otf", 1, 0)
    assert (newer["id"], newer["version"], newer["bytes"]) == (made["id"], 2, 7)
    assert (empty.status_code, empty.json["code"]) == (422, "invalid_file")
    assert listed == [newer]
    assert response.status_code == 204
    assert merchant.get(f"/v1/products/{product}/files").json == {"data": []}


def test_a_product_of_another_kind_has_no_files(merchant: Any) -> None:
    product = show("prd", merchant.shop.product_id)

    refused = _upload(merchant, f"/v1/products/{product}/files", "font.otf")

    assert (refused.status_code, refused.json["code"]) == (409, "other_delivery")

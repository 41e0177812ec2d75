"""Images by API: sent, shown, put in order, taken away."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from app.core.errors import NotFound
from app.core.files import store
from app.core.ids import show
from tests.factories.files import image


def send(merchant: Any, content: bytes, *, product: str = "", **form: Any) -> TestResponse:
    product = product or show("prd", merchant.shop.product_id)
    sent = {"alt": "A blue ticket", "file": (io.BytesIO(content), "../../evil.php"), **form}
    headers = {"Authorization": f"Bearer {merchant.key}"}
    values = {name: value for name, value in sent.items() if value is not None}
    with merchant.client:
        answer = merchant.client.post(f"/v1/products/{product}/images", data=values, headers=headers)
        merchant.document.check("v1.add_image", answer)
    return answer


def test_a_picture_is_added_and_served_for_good(merchant: Any) -> None:
    made = send(merchant, image())

    assert made.status_code == 201, made.text
    product = merchant.get(f"/v1/products/{show('prd', merchant.shop.product_id)}").json
    assert product["images"] == [made.json] == [merchant.get(f"/v1/images/{made.json['id']}").json]
    assert [file["width"] for file in made.json["files"]] == [160, 320, 400]
    path = made.json["files"][0]["url"].removeprefix("http://127.0.0.1:9")
    seen = merchant.client.get(path)
    assert Image.open(io.BytesIO(seen.data)).size == (160, 80)
    values = {name: seen.headers[name] for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options")}
    assert values == {
        "Content-Type": "image/webp",
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
    }
    assert seen.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert merchant.client.get(path, headers={"If-None-Match": seen.headers["ETag"]}).status_code == 304


def test_pictures_are_described_moved_and_taken_away(merchant: Any) -> None:
    first, second, third = (send(merchant, image(color)).json["id"] for color in (1, 2, 3))

    moved = merchant.call("PATCH", f"/v1/images/{third}", {"position": 1, "alt": "The best"})
    response = merchant.call("DELETE", f"/v1/images/{first}")

    product = merchant.get(f"/v1/products/{show('prd', merchant.shop.product_id)}").json
    assert (moved.json["alt"], response.status_code) == ("The best", 204)
    assert [image["id"] for image in product["images"]] == [third, second]
    session = merchant.new_session()
    snapshot = merchant.client.get(
        "/sdk/v1/session", headers={"Authorization": f"Bearer {session['client_secret']}"}
    ).json
    shown = product["images"][0]["files"][-1]
    assert snapshot["product"]["image"] == {"alt": "The best", "width": 400, "height": 200, "url": shown["url"]}


def test_files_of_a_picture_go_with_it(merchant: Any) -> None:
    made = send(merchant, image()).json
    business, token, _ = made["files"][0]["url"].split("/")[-3:]

    merchant.call("DELETE", f"/v1/images/{made['id']}")

    for width in (160, 320, 400):
        with pytest.raises(NotFound):
            store.get(f"images/{business}/{token[:2]}/{token[2:]}.{width}")
    assert merchant.client.get(f"/images/{business}/{token}/160.webp").status_code == 404
    assert merchant.call("DELETE", f"/v1/images/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    ("content", "form", "status", "code"),
    [
        (b"<svg/>", {}, 422, "image_type"),
        (image()[:-30], {}, 422, "image_damaged"),
        (image(), {"alt": ""}, 422, "invalid_parameter"),
        (image(), {"alt": None}, 422, "invalid_parameter"),
        (image(), {"name": "x"}, 422, "invalid_parameter"),
        (image(), {"file": None}, 415, "unsupported_media_type"),
        (image(), {"other": (io.BytesIO(b""), "x")}, 422, "invalid_parameter"),
        (b"\0" * 8_300_000, {}, 413, "body_too_large"),
        (image(), {"product": "prd_00000000000000000000000000"}, 404, "not_found"),
    ],
    ids=lambda value: str(value)[:9],
)
def test_what_cannot_be_is_refused(merchant: Any, content: bytes, form: Any, status: int, code: str) -> None:
    refused = send(merchant, content, **form)

    assert (refused.status_code, refused.json["code"]) == (status, code)
    assert merchant.get(f"/v1/products/{show('prd', merchant.shop.product_id)}").json["images"] == []


def test_another_business_sees_no_picture(merchant: Any, merchant_of: Any, new_shop: Any) -> None:
    made, other = send(merchant, image()).json["id"], merchant_of(new_shop())

    answers = [other.get(f"/v1/images/{made}"), other.call("DELETE", f"/v1/images/{made}")]

    assert [answer.status_code for answer in answers] == [404, 404]

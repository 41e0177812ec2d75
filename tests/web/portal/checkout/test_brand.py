"""What buyers know a business by: set by people, seen on the hosted page and in mails."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

from flask import Flask
from PIL import Image

from app.read.checkout.brand import brand
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


def _signed_in(app: Flask, shop: Shop, role: str = "owner") -> Visitor:
    visitor, login = Visitor(app), make_user(shop.business_id, role)
    visitor.log_in(login.email, login.password)
    return visitor


def _picture() -> io.BytesIO:
    drawn = io.BytesIO()
    Image.new("RGB", (600, 200), "#0a6b4d").save(drawn, "PNG")
    return io.BytesIO(drawn.getvalue())


def _upload(seen: Page, content: io.BytesIO) -> Page:
    return seen.form("/brand/logo").send(file=(content, "logo.png"))


def test_a_logo_is_drawn_anew_shown_to_everybody_and_removed(app: Flask, shop: Shop) -> None:
    owner = _signed_in(app, shop)

    shown = _upload(owner.get("/portal/brand"), _picture())
    stored = brand(shop.business_id).logo
    assert stored is not None
    assert (stored.width, stored.height) == (320, 107)
    assert stored.url in shown.source
    assert app.test_client().get(urlsplit(stored.url).path).status_code == 200

    response = shown.form("/logo/remove").send()
    assert "No logo yet" in response.text
    assert brand(shop.business_id).logo is None


def test_what_is_no_picture_is_refused_on_its_field(app: Flask, shop: Shop) -> None:
    refused = _upload(_signed_in(app, shop).get("/portal/brand"), io.BytesIO(b"<svg onload=alert(1)>"))

    assert refused.status == 422
    assert brand(shop.business_id).logo is None


def test_contact_and_website_are_checked_and_kept(app: Flask, shop: Shop) -> None:
    seen = _signed_in(app, shop).get("/portal/brand")

    bad = [
        seen.form("/portal/brand").send(contact_email="nobody", website=""),
        seen.form("/portal/brand").send(contact_email="", website="javascript:alert(1)"),
        seen.form("/portal/brand").send(contact_email="", website="https://[x"),
    ]
    done = seen.form("/portal/brand").send(contact_email="help@shop.example", website="https://shop.example/")

    assert [each.status for each in bad] == [422, 422, 422]
    assert done.status == 200
    found = brand(shop.business_id)
    assert (found.contact_email, found.website) == ("help@shop.example", "https://shop.example/")


def test_who_only_reads_sees_it_and_changes_nothing(app: Flask, shop: Shop) -> None:
    seen = _signed_in(app, shop, "viewer").get("/portal/brand")

    assert seen.status in (200, 403)
    assert "Upload logo" not in seen.text

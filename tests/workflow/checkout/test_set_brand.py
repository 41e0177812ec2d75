"""What buyers know a business by: checked before it is kept."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Invalid
from app.core.files import store
from app.domain.accounts.business.models import Business
from app.workflow.checkout import set_brand
from tests.factories.files import image
from tests.factories.shop import Shop


def test_an_address_and_a_page_are_kept_and_taken_away_again(shop: Shop) -> None:
    _set(shop, "Help@Shop.example", "https://shop.example/start")
    kept = _brand(shop)
    _set(shop, None, None)

    assert (kept.contact_email, kept.website) == ("Help@shop.example", "https://shop.example/start")
    assert (_brand(shop).contact_email, _brand(shop).website) == (None, None)


def test_what_is_no_address_or_no_page_changes_neither(shop: Shop) -> None:
    _set(shop, "help@shop.example", "https://shop.example")

    for email in ("help", "help@", "a b@shop.example", "help@shop.example\nBcc: x@y.example"):
        with pytest.raises(Invalid):
            _set(shop, email, "https://other.example")
    for website in (
        "shop.example",
        "javascript:alert(1)",
        "https://u:p@shop.example",
        "http://[x",
        "https://" + "x" * 500,
    ):
        with pytest.raises(Invalid):
            _set(shop, "other@shop.example", website)

    assert (_brand(shop).contact_email, _brand(shop).website) == ("help@shop.example", "https://shop.example")


def test_a_logo_is_drawn_anew_and_its_files_outlive_it_in_mails(shop: Shop) -> None:
    set_brand.set_logo(shop.business_id, image(size=(600, 200)))
    kept = _brand(shop)

    with pytest.raises(Invalid):
        set_brand.set_logo(shop.business_id, b"<svg onload='alert(1)'/>")
    unchanged = _brand(shop).logo_key
    set_brand.remove_logo(shop.business_id)

    assert (unchanged, _brand(shop).logo_key, _brand(shop).logo_widths) == (kept.logo_key, None, [])
    assert kept.logo_widths
    assert all(store.get(store.part_of(kept.logo_key, str(width))) for width in kept.logo_widths)


def _set(shop: Shop, email: str | None, website: str | None) -> None:
    set_brand.set_contact(shop.business_id, contact_email=email, website=website)


def _brand(shop: Shop) -> Any:
    return shop.one(select(Business.__table__).where(Business.id == shop.business_id))

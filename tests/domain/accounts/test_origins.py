"""Origins are parsed exactly, and stored as browsers send them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.domain.accounts.business.origins import read_origin


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" https://Shop.Example ", "https://shop.example"),
        ("https://shop.example:443/cart?x=1#y", "https://shop.example"),
        ("https://shop.example.:8443", "https://shop.example:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:5173", "http://[::1]:5173"),
        ("https://203.0.113.9", "https://203.0.113.9"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(typed: str, stored: str) -> None:
    assert read_origin(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["", "shop.example", "*", "https://*.shop.example", "null", "http://shop.example", "http://localhost.evil.example",
     "https://ann:secret@shop.example", "javascript:alert(1)", "https://shop.example:99999", "https://",
     "https://shop.example;script-src *", "https://a b.example", "https://1.2.3", "https://-a.example", "file:///etc",
     "https://shop.example' 'unsafe-inline", "https://[::1", "https://\u2100.example", "https://256.1.1.1"],
)  # fmt: skip
def test_what_is_no_safe_origin_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        read_origin(typed)


@given(st.text(max_size=60), st.sampled_from(["https://", "http://", ""]))
@example("a.example:0", "https://")
def test_whatever_is_typed_is_refused_or_kept_as_one_safe_word(text: str, scheme: str) -> None:
    try:
        origin = read_origin(scheme + text)
    except Invalid:
        return
    assert not set(origin) & set(" ;,'\"*@?#\\")
    assert origin.isascii()
    assert read_origin(origin) == origin

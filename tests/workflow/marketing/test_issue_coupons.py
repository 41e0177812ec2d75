"""Coupons given to one buyer, and how codes and buyers are told apart."""

from __future__ import annotations

from app.domain.marketing.codes import email_key, normal, shown


def test_codes_are_read_as_people_type_them() -> None:
    assert normal(" o1i-l abc\u2013Z ") == "0111ABCZ"
    assert shown("7K2M9XQ4B1TZ") == "7K2M-9XQ4-B1TZ"


def test_aliases_of_a_mailbox_are_one_buyer() -> None:
    same = [
        ("Ann.Lee@gmail.com", "annlee+shop@googlemail.com", True),
        ("ann@example.com", "ANN+x@example.com", True),
        ("ann.lee@example.com", "annlee@example.com", False),
        ("ann@example.com", "bob@example.com", False),
    ]
    assert [email_key(one) == email_key(other) for one, other, _ in same] == [want for *_, want in same]
    assert email_key("nobody") is email_key(None) is None

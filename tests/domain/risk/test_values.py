"""What entries name is found under every form that a buyer can have, and under no other."""

from __future__ import annotations

import pytest

from app.domain.risk.types import EntryKind
from app.domain.risk.values import Subject, key_of, keys_of, normal


@pytest.mark.parametrize(
    ("kind", "typed", "subject", "is_found"),
    [
        ("email", "jo.doe+x@gmail.com", Subject(buyer="b", email="JoDoe@googlemail.com"), True),
        ("email", "jo.doe@mail.example", Subject(buyer="b", email="jodoe@mail.example"), False),
        ("email_domain", "@Mail.example", Subject(buyer="b", email="a@mail.example"), True),
        ("email_domain", "mail.example", Subject(buyer="b", email="a@eu.mail.example"), True),
        ("email_domain", "mail.example", Subject(buyer="b", email="a@gmail.example"), False),
        ("phone", "+49 (30) 12-34.56", Subject(buyer="b", phone="+4930123456"), True),
        ("address", "203.0.113.0/24", Subject(buyer="b", address="203.0.113.255"), True),
        ("address", "203.0.113.0/24", Subject(buyer="b", address="203.0.114.0"), False),
        ("address", "203.0.113.7", Subject(buyer="b", address="203.0.113.7"), True),
        ("address", "203.0.113.7", Subject(buyer="b", address="::ffff:203.0.113.7"), True),
        ("address", "2001:db8::/32", Subject(buyer="b", address="2001:db8:1::1"), True),
        ("address", "2001:db8::/32", Subject(buyer="b", address="2001:db9::1"), False),
        ("buyer", "b-1", Subject(buyer="b-1"), True),
        ("buyer", "b-1", Subject(buyer="B-1"), False),
        ("device", "d-1", Subject(buyer="b", device="d-1"), True),
        ("device", "d-1", Subject(buyer="d-1"), False),
    ],
)
def test_an_entry_is_found_by_what_it_names(kind: str, typed: str, subject: Subject, is_found: bool) -> None:
    found = EntryKind(kind)

    assert (key_of(found, normal(found, typed)) in keys_of(subject)) is is_found


def test_a_subject_of_which_little_is_known_has_few_keys() -> None:
    assert list(keys_of(Subject(buyer="b", address="nowhere")).values()) == [EntryKind.BUYER]

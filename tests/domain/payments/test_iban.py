"""Account numbers: an IBAN holds by its length and checksum, a local number by its shape."""

from __future__ import annotations

import pytest

from app.domain.payments.iban import compact, is_account_number, is_iban


@pytest.mark.parametrize(
    "number", ["DE02 1203 0000 0000 2020 51", "nl91abna0417164300", "FR14 2004 1010 0505 0001 3M02 606"]
)
def test_an_iban_holds_however_it_is_written(number: str) -> None:
    assert is_iban(number)
    assert is_account_number(number)
    assert compact(number).isalnum()


@pytest.mark.parametrize(
    "number", ["DE02120300000000202052", "DE0212030000000020205", "DE20120300000000202051", "12345678", "", "DE02"]
)
def test_what_is_no_iban_is_none(number: str) -> None:
    assert not is_iban(number)


def test_a_mistyped_iban_is_no_local_number_either() -> None:
    assert not is_account_number("DE02120300000000202052")
    assert is_account_number("1234-5678")
    assert not is_account_number("12 3")

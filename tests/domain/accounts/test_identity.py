"""One-time codes as the standard reckons them, and recovery codes as people copy them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.accounts.people import recovery, totp

# RFC 6238, appendix B, the rows of SHA-1.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_CODES = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}


@pytest.mark.parametrize(("second", "code"), RFC_CODES.items())
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    assert totp.code_of(RFC_SECRET, second // totp.STEP_S, digits=8) == code
    assert totp.code_of(RFC_SECRET, second // totp.STEP_S) == code[-6:]


def test_a_clock_may_be_off_by_one_step() -> None:
    secret, moment = RFC_SECRET, datetime(2026, 5, 31, 12, 0, 10, tzinfo=UTC)
    here = totp.step_at(moment)

    for off, is_right in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        code = totp.code_of(secret, here + off)
        assert totp.step_of(secret, code, moment) == (here + off if is_right else None)
    assert totp.step_of(secret, "１２３４５６", moment) is None
    assert totp.step_of(secret, totp.code_of(secret, here), moment + timedelta(hours=1)) is None


def test_the_address_names_the_account_and_the_secret() -> None:
    address = totp.address(RFC_SECRET, account="pat+x@people.example", issuer="Bursar")

    assert address.startswith(f"otpauth://totp/Bursar:pat%2Bx%40people.example?secret={RFC_SECRET}&issuer=Bursar")


def test_recovery_codes_are_read_as_they_are_copied() -> None:
    codes = recovery.new_codes()

    assert len({*codes}) == recovery.COUNT
    for number, code in enumerate(codes):
        plain = code.replace("-", "")
        assert recovery.read(code) == recovery.read(f"  {code.upper()} ") == recovery.read(plain) == (number, plain)
    assert recovery.read("3-k7m2p") is None
    assert recovery.read("") is None

"""Account numbers of banks: IBAN (ISO 13616) by its checksum, anything else by its shape."""

from __future__ import annotations

import re

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_LOCAL = re.compile(r"[A-Z0-9]{4,34}")
_LOOKS_LIKE_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}")
# Lengths by country, of those that banks of the SEPA area write; others are held by the checksum alone.
_LENGTHS = {
    **{"AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24},
    **{"FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21},
    **{"LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24},
    **{"SI": 19, "SK": 24, "SM": 27, "VA": 22},
}


def compact(text: str) -> str:
    """The number without the spaces and dashes that people write, in capitals."""
    return re.sub(r"[\s-]", "", text).upper()


def is_iban(text: str) -> bool:
    """Whether it is an IBAN whose length and checksum hold."""
    number = compact(text)
    if not _IBAN.fullmatch(number) or len(number) != _LENGTHS.get(number[:2], len(number)):
        return False
    digits = "".join(str(int(letter, 36)) for letter in number[4:] + number[:4])
    return int(digits) % 97 == 1


def is_account_number(text: str) -> bool:
    """Whether a bank can be told it: an IBAN that holds, or a local number that does not look like one."""
    number = compact(text)
    if _LOOKS_LIKE_IBAN.match(number) and len(number) >= 15:
        return is_iban(number)
    return bool(_LOCAL.fullmatch(number))

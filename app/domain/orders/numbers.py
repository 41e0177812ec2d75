"""Order numbers: short enough to be read out, one order's alone within its business, and never changed."""

from __future__ import annotations

import re
import secrets

MAX_NUMBER_LENGTH = 40
RANDOM = "random"
IN_SEQUENCE = "sequence"
_LEAST, _NUMBERS = 1_000_000_000, 9_000_000_000


def random_number() -> str:
    """Ten digits that say nothing about how many orders there are. Another order of the business may have them: the
    index `uq_orders_number` refuses the second, and its phase is done once more."""
    return str(_LEAST + secrets.randbelow(_NUMBERS))


def number_text(pattern: str, digits: str, *, year: int) -> str:
    """The number as buyers read it: the pattern with `{number}` and `{year}` filled in."""
    return pattern.replace("{year}", str(year)).replace("{number}", digits)


def numbers_in(text: str, pattern: str, *, year: int) -> frozenset[str]:
    """The numbers that a text may mean, such as `#482 910 3775` or `Order 10482`: as it is typed, its digits alone, and
    both within the pattern. Empty for a text without digits."""
    typed = re.sub(r"^(order|no\.?|number)\b", "", text.strip(), flags=re.IGNORECASE).strip(" #")
    digits = re.sub(r"[\s.\-]", "", typed)
    if not re.search(r"[0-9]", digits) or len(typed) > MAX_NUMBER_LENGTH:
        return frozenset()
    plain = {typed, typed.upper(), digits, digits.upper()}
    return frozenset(plain | {number_text(pattern, digits, year=year), number_text(pattern, digits, year=year - 1)})

"""Which passwords may be chosen."""

from __future__ import annotations

import pytest

from app.core.errors import Invalid
from app.core.security import passwords


@pytest.mark.parametrize(
    "password",
    ["password123", "1234567890", "qwertyuiop", "Passw0rd1234", "letmein12345", "iloveyou2024", "Summer2026!"]
    + ["a" * 12, "abcabcabcabc", "ada.lovelace1", "ada.lovelace@shop.example"],
)
def test_a_common_password_is_refused(password: str) -> None:
    with pytest.raises(Invalid, match="easy to guess") as refused:
        passwords.check_new(password, about=["ada.lovelace@shop.example"])

    assert refused.value.code == "common_password"


@pytest.mark.parametrize("password", ["nine char", "x" * 201])
def test_a_password_has_ten_characters_and_an_end(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.check_new(password)

    assert refused.value.code == "invalid_password"


@pytest.mark.parametrize("password", ["correct horse battery", "k3#Vq9!zLp2w", "ünïcödé-wörd-88", "mauve otter " * 16])
def test_any_other_password_may_be_chosen_however_it_is_written(password: str) -> None:
    passwords.check_new(password, about=["ada.lovelace@shop.example"])

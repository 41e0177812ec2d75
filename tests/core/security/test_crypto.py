from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core.security import crypto

OLD, NEW = bytes(range(32)), bytes(range(50, 82))


@pytest.fixture(autouse=True)
def keys() -> Iterator[None]:
    """A key of this test's own; afterwards those of the application again."""
    stored = dict(crypto._keys)
    crypto.use_keys({"old": OLD})
    yield
    crypto.use_keys(stored)


def test_what_was_sealed_opens_in_its_own_place_only() -> None:
    ciphertext = crypto.encrypt("päss", context="accounts/1/key")

    assert "päss" not in ciphertext
    assert crypto.decrypt(ciphertext, context="accounts/1/key") == "päss"
    with pytest.raises(ValueError, match="changed or moved"):
        crypto.decrypt(ciphertext, context="accounts/2/key")


def test_the_same_text_is_never_sealed_the_same_way_twice() -> None:
    assert crypto.encrypt("x", context="c") != crypto.encrypt("x", context="c")


def test_a_changed_letter_anywhere_does_not_open() -> None:
    ciphertext = crypto.encrypt("secret", context="c")

    for place in range(len(ciphertext) - 4):  # before the padding, whose spare bits mean nothing
        changed = ciphertext[:place] + ("A" if ciphertext[place] != "A" else "B") + ciphertext[place + 1 :]
        with pytest.raises(ValueError, match=r"."):
            crypto.decrypt(changed, context="c")


@pytest.mark.parametrize("text", ["", "v1", "v1.old.", "v1.old.AAAA", "v1.old.!", "v2.old.AAAA", "plain text"])
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        crypto.decrypt(text, context="c")


def test_after_a_new_key_old_seals_still_open_and_new_ones_use_it() -> None:
    ciphertext_before = crypto.encrypt("before", context="c")

    crypto.use_keys({"new": NEW, "old": OLD})
    ciphertext_after = crypto.encrypt("after", context="c")

    assert crypto.decrypt(ciphertext_before, context="c") == "before"
    crypto.use_keys({"new": NEW})
    assert crypto.decrypt(ciphertext_after, context="c") == "after"
    with pytest.raises(ValueError, match="does not have"):
        crypto.decrypt(ciphertext_before, context="c")


def test_an_empty_key_signs_nothing() -> None:
    with pytest.raises(ValueError, match="empty key"):
        crypto.sign_hmac(b"", b"body")


def test_signatures_are_those_of_the_standard() -> None:
    # RFC 4231, test case 2
    signed = crypto.sign_hmac(b"Jefe", b"what do ya want for nothing?")

    assert signed == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert crypto.same(signed, signed)
    assert not crypto.same(signed, signed[:-1] + "4")

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core.security import crypto

OLD, NEW = bytes(range(32)), bytes(range(50, 82))


@pytest.fixture(autouse=True)
def keys() -> Iterator[None]:
    """A key of this test's own; afterwards those of the application again."""
    kept = dict(crypto._keys)
    crypto.use_keys({"old": OLD})
    yield
    crypto.use_keys(kept)


def test_what_was_sealed_opens_in_its_own_place_only() -> None:
    sealed = crypto.seal("päss", context="accounts/1/key")

    assert "päss" not in sealed
    assert crypto.unseal(sealed, context="accounts/1/key") == "päss"
    with pytest.raises(ValueError, match="changed or moved"):
        crypto.unseal(sealed, context="accounts/2/key")


def test_the_same_text_is_never_sealed_the_same_way_twice() -> None:
    assert crypto.seal("x", context="c") != crypto.seal("x", context="c")


def test_a_changed_letter_anywhere_does_not_open() -> None:
    sealed = crypto.seal("secret", context="c")

    for place in range(len(sealed) - 4):  # before the padding, whose spare bits mean nothing
        changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        with pytest.raises(ValueError, match=r"."):
            crypto.unseal(changed, context="c")


@pytest.mark.parametrize("text", ["", "v1", "v1.old.", "v1.old.AAAA", "v1.old.!", "v2.old.AAAA", "plain text"])
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        crypto.unseal(text, context="c")


def test_after_a_new_key_old_seals_still_open_and_new_ones_use_it() -> None:
    sealed_before = crypto.seal("before", context="c")

    crypto.use_keys({"new": NEW, "old": OLD})
    sealed_after = crypto.seal("after", context="c")

    assert crypto.unseal(sealed_before, context="c") == "before"
    crypto.use_keys({"new": NEW})
    assert crypto.unseal(sealed_after, context="c") == "after"
    with pytest.raises(ValueError, match="does not have"):
        crypto.unseal(sealed_before, context="c")


def test_an_empty_key_signs_nothing() -> None:
    with pytest.raises(ValueError, match="empty key"):
        crypto.sign_hmac(b"", b"body")


def test_signatures_are_those_of_the_standard() -> None:
    # RFC 4231, test case 2
    signed = crypto.sign_hmac(b"Jefe", b"what do ya want for nothing?")

    assert signed == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert crypto.same(signed, signed)
    assert not crypto.same(signed, signed[:-1] + "4")

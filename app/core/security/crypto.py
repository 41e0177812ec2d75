"""Sealing what must be kept but not read (AES-256-GCM), hashing what must only be recognised, signing what must not
be changed (Ed25519)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from typing import Literal

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_keys: dict[str, bytes] = {}
# Version, key, and at least a nonce and a tag.
_SEALED = re.compile(r"v1\.([^.\s]+)\.[A-Za-z0-9_=-]{38,}")


def use_keys(keys: Mapping[str, bytes]) -> None:
    """The keys of this installation by id, the one to encrypt with first."""
    _keys.clear()
    _keys.update(keys)


def encrypt(text: str, *, context: str) -> str:
    """The text encrypted under the newest key and bound to `context` (table, column, row): moved to another
    place, it does not open."""
    key_id, key = next(iter(_keys.items()))
    nonce = os.urandom(12)
    ciphertext = AESGCM(key).encrypt(nonce, text.encode(), context.encode())
    return f"v1.{key_id}.{base64.urlsafe_b64encode(nonce + ciphertext).decode()}"


def decrypt(text: str, *, context: str) -> str:
    """What `encrypt` was given.

    Raises:
        ValueError: encrypted under a key that is not here, changed, or moved to another context.
    """
    version, _, rest = text.partition(".")
    key_id, _, body = rest.rpartition(".")
    if version != "v1" or key_id not in _keys:
        raise ValueError("encrypted under a key that this installation does not have")
    raw = base64.urlsafe_b64decode(body)
    try:
        return AESGCM(_keys[key_id]).decrypt(raw[:12], raw[12:], context.encode()).decode()
    except InvalidTag:
        raise ValueError("the encrypted text was changed or moved") from None


def key_of(text: str) -> str | None:
    """The id of the key that a text is encrypted under; None for one that is not encrypted."""
    found = _SEALED.fullmatch(text)
    return found[1] if found else None


def newest_key() -> str:
    """The id of the key that encrypts now."""
    return next(iter(_keys))


def fingerprints() -> dict[str, str]:
    """What each key is known by, by its name here: the same wherever the key is, and no help in finding it."""
    info = b"bursar key fingerprint"
    return {name: hmac.new(key, info, hashlib.sha256).hexdigest()[:16] for name, key in _keys.items()}


def reencrypt(text: str, *, context: str) -> str:
    """The same secret encrypted under the newest key; the text itself when it is that already.

    Raises:
        ValueError: as `decrypt`.
    """
    return text if key_of(text) == newest_key() else encrypt(decrypt(text, context=context), context=context)


def hash_secret(text: str) -> str:
    """SHA-256 in hex, for secrets of 128 random bits and more (keys, tokens); never for passwords."""
    return hashlib.sha256(text.encode()).hexdigest()


def sign_hmac(key: bytes, body: bytes) -> str:
    """HMAC-SHA256 in hex.

    Raises:
        ValueError: the key is empty: an unset secret must not verify anything.
    """
    if not key:
        raise ValueError("an empty key signs nothing")
    return hmac.new(key, body, hashlib.sha256).hexdigest()


def sign(text: str, *, context: str) -> str:
    """An Ed25519 signature by a key derived from the newest encryption key, for this `context` only. It names that key
    and carries the public half, so that it can be checked (not: believed) when the key is gone."""
    key_id = newest_key()
    private = _signing_key(_keys[key_id], context)
    public = private.public_key().public_bytes_raw()
    return ".".join(("v1", key_id, *(_text64(part) for part in (public, private.sign(text.encode())))))


def check_signature(text: str, signature: str, *, context: str) -> Literal["good", "bad", "unknown_key"]:
    """Whether `sign` of this installation made it; `unknown_key`: it fits its own public key, which is none of ours.
    Where the key it names is not known by that name, it may be known by another."""
    try:
        version, key_id, public, made = signature.split(".")
        key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(public))
        key.verify(base64.urlsafe_b64decode(made), text.encode())
    except (ValueError, InvalidSignature):
        return "bad"
    if version == "v1" and key_id in _keys:
        return "good" if key == _signing_key(_keys[key_id], context).public_key() else "bad"
    ours = (_signing_key(each, context).public_key() for each in _keys.values())
    return "good" if version == "v1" and key in ours else "unknown_key"


def public_keys(*, context: str) -> dict[str, bytes]:
    """The public halves of the keys with which `sign` signs for this context, the one that signs now first, by names
    that tell nothing of the keys."""
    found = (_signing_key(key, context).public_key().public_bytes_raw() for key in _keys.values())
    return {hashlib.sha256(raw).hexdigest()[:16]: raw for raw in found}


def _signing_key(key: bytes, context: str) -> Ed25519PrivateKey:
    seed = HKDF(hashes.SHA256(), 32, salt=None, info=f"sign {context}".encode()).derive(key)
    return Ed25519PrivateKey.from_private_bytes(seed)


def _text64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def same(one: str, other: str) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())

"""An authenticator made of Python, which answers as a device would."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One passkey. `origin` is where the page says it is; `flags` whether somebody touched it and was known to it."""

    origin: str = "http://localhost:9"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, request: str) -> str:
        """The answer to `use_passkeys.begin_registration`."""
        options, numbers = json.loads(request), self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + public
        authenticator_data = self._data(options["rp"]["id"], WITH_KEY) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": authenticator_data})
        client = self._client("webauthn.create", options)
        return self._answer({"clientDataJSON": _text64(client), "attestationObject": _text64(statement)})

    def get(self, request: str) -> str:
        """The answer to `use_passkeys.begin_authentication`."""
        options = json.loads(request)
        self.count += 1
        client, authenticator_data = self._client("webauthn.get", options), self._data(options["rpId"], 0)
        signed = self.key.sign(authenticator_data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": authenticator_data, "signature": signed}
        return self._answer({name: _text64(part) for name, part in parts.items()})

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _data(self, rp_id: str, more: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", self.flags | more, self.count)

    def _answer(self, response: dict[str, str]) -> str:
        named = {"id": _text64(self.credential_id), "rawId": _text64(self.credential_id), "type": "public-key"}
        return json.dumps({**named, "response": response, "clientExtensionResults": {}})


def _text64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

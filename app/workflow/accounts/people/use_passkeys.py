"""Passkeys (WebAuthn): a person registers one, signs in with it, and removes it.

The page holds a challenge that we have signed, so that nothing is kept for those who only look; an answered one is
noted and never taken again. The library that reads the answers is loaded when the first one comes.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import secrets
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select, update

from app.core import clock, db, settings
from app.core.errors import Conflict, Invalid, NotFound
from app.core.security import crypto
from app.domain.accounts.people import queries, rules
from app.domain.accounts.people.models import Passkey, UsedChallenge
from app.workflow.accounts.people.manage_second_factor import strengthened, weakened

passkeys = db.table(Passkey)
SIGN_IN = "sign-in"
_ALGORITHMS = (-8, -7, -257)  # EdDSA, ES256, RS256


@dataclass(frozen=True)
class Site:
    """Which site passkeys are for: its name (`rp_id`), and the address its pages have."""

    rp_id: str
    origin: str


def site() -> Site:
    """This installation's site. Browsers bind passkeys to host names only, so a loopback address is called
    localhost."""
    url = urlsplit(settings.current().public_url)
    host = url.hostname or ""
    if not _is_this_machine(host):
        return Site(host, f"{url.scheme}://{url.netloc}")
    return Site("localhost", f"{url.scheme}://localhost{f':{url.port}' if url.port else ''}")


def begin_registration(user_id: uuid.UUID, *, email: str, name: str) -> str:
    """What a browser needs to make a passkey for this person, as JSON."""
    with db.system_reading():
        known = queries.passkeys_of(user_id)
    options: dict[str, Any] = {
        "rp": {"id": site().rp_id, "name": "Bursar"},
        "user": {"id": _text64(user_id.bytes), "name": email, "displayName": name},
        "challenge": _challenge(_registering(user_id)),
        "pubKeyCredParams": [{"type": "public-key", "alg": each} for each in _ALGORITHMS],
        "excludeCredentials": _named(known),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }
    return json.dumps(options)


def begin_authentication(user_id: uuid.UUID | None = None) -> str:
    """What a browser needs to show a passkey, as JSON: one of this person's, or any it has for this site."""
    known: Any = ()
    if user_id is not None:
        with db.system_reading():
            known = queries.passkeys_of(user_id)
    options = {"challenge": _challenge(SIGN_IN), "rpId": site().rp_id, "userVerification": "required"}
    return json.dumps({**options, "allowCredentials": _named(known)})


def register(user_id: uuid.UUID, answer: str, *, name: str, session_id: uuid.UUID) -> list[str]:
    """Store the passkey that the browser has created; new recovery codes, when it is the first second factor.

    Raises:
        Invalid: the answer is not what was asked for. Conflict: there are enough of them, or it is known already.
    """
    from webauthn import verify_registration_response
    from webauthn.helpers.exceptions import WebAuthnException

    challenge = _challenge_in(answer, _registering(user_id))
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site().rp_id,
            expected_origin=site().origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise _refused() from error
    with db.system_phase("use_passkeys.register"):
        _use_up(challenge)
        if len(queries.passkeys_of(user_id)) >= rules.MAX_PASSKEYS:
            raise Conflict("too_many_passkeys", "Remove one of your passkeys first.")
        row = db.new_row(
            Passkey,
            user_id=user_id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name,
        )
        known = Conflict("passkey_known", "This passkey is already registered.")
        db.write(row.on_conflict_do_nothing(), expect=1, otherwise=known)
    return strengthened(user_id, session_id=session_id, what="passkey_added")


def sign_in(answer: str, *, user_id: uuid.UUID | None = None) -> uuid.UUID:
    """The person whose passkey answered: of anybody, or only of this person.

    Raises:
        Invalid: none that we know, or not what was asked for.
    """
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    challenge, row = _challenge_in(answer, SIGN_IN), _known(answer)
    if row is None or (user_id is not None and row.user_id != user_id):
        raise _refused()
    try:
        shown = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site().rp_id,
            expected_origin=site().origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise _refused() from error
    with db.system_phase("use_passkeys.sign_in"):
        _use_up(challenge)
        used = {"sign_count": shown.new_sign_count, "last_used_at": clock.actual()}
        if db.run(update(Passkey).where(passkeys.c.id == row.id).values(**used)) != 1:
            raise _refused()
    found: uuid.UUID = row.user_id
    return found


def remove(user_id: uuid.UUID, passkey_id: uuid.UUID, *, session_id: uuid.UUID) -> None:
    """Remove a passkey.

    Raises:
        NotFound: the person has no such one.
    """
    with db.system_phase("use_passkeys.remove"):
        if db.run(delete(Passkey).where(passkeys.c.user_id == user_id, passkeys.c.id == passkey_id)) != 1:
            raise NotFound("not_found", "There is no such passkey.")
    weakened(user_id, session_id=session_id, what="passkey_removed")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _registering(user_id: uuid.UUID) -> str:
    return f"register {user_id}"


def _challenge(purpose: str) -> str:
    ends = int((clock.actual() + rules.CHALLENGE_LASTS).timestamp())
    body = ends.to_bytes(8, "big") + secrets.token_bytes(16)
    return _text64(body + _mac(purpose, body))


def _mac(purpose: str, body: bytes) -> bytes:
    key = settings.current().secret_key.encode()
    return bytes.fromhex(crypto.sign_hmac(key, f"passkey {purpose} ".encode() + body))


def _challenge_in(answer: str, purpose: str) -> bytes:
    """The challenge in the answer, which is one of ours for this purpose."""
    try:
        sent = json.loads(_bytes64(json.loads(answer)["response"]["clientDataJSON"]))["challenge"]
        challenge = _bytes64(sent)
    except (ValueError, KeyError, TypeError) as error:
        raise _refused() from error
    body, mac = challenge[:24], challenge[24:]
    if not crypto.same(mac.hex(), _mac(purpose, body).hex()):
        raise _refused()
    if int.from_bytes(body[:8], "big") < clock.actual().timestamp():
        raise Invalid("passkey_late", "This page has expired. Please try again.")
    return challenge


def _use_up(challenge: bytes) -> None:
    once = db.new_row(UsedChallenge, challenge_hash=crypto.hash_secret(challenge.hex()))
    db.write(once.on_conflict_do_nothing(), expect=1, otherwise=_refused())


def _known(answer: str) -> Passkey | None:
    try:
        credential_id = _bytes64(json.loads(answer)["rawId"])
    except (ValueError, KeyError, TypeError) as error:
        raise _refused() from error
    with db.system_reading():
        return db.first(select(passkeys).where(passkeys.c.credential_id == credential_id))


def _refused() -> Invalid:
    return Invalid("passkey_refused", "The passkey could not be verified. Try again or sign in another way.")


def _named(known: Any) -> list[dict[str, str]]:
    return [{"type": "public-key", "id": _text64(row.credential_id)} for row in known]


def _text64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

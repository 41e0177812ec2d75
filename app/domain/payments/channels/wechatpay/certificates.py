"""Platform certificates: fetched when one is needed, and kept in this process beside the keys of the settings.

They come sealed with the API v3 key, which only the merchant and WeChat Pay know; that is what proves them. A serial
that nobody knows makes us ask once, and again a minute later at the earliest, however often it is named. Asking never
takes a certificate away: the old one counts until its own end, so that nothing is refused while they change.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.log import get_logger
from app.core.strict_json import Unreadable, read_object, text
from app.domain.payments.channels.types import Outcome, Settings
from app.domain.payments.channels.wechatpay import signing, wire
from app.domain.payments.channels.wechatpay.signing import Distrusted, Misconfigured, PlatformKey

PATH = "/v3/certificates"
PAUSE_S, PAUSE_AFTER_TROUBLE_S = 60.0, 5.0
# So many different unknown serials may make us ask within a pause; whoever makes up more is not listened to.
MOST_QUESTIONS = 5
MOST_ACCOUNTS, MOST_CERTIFICATES = 1_000, 20
# Public keys have names of their own and are not handed out; only certificates are.
SERIAL = re.compile(r"[0-9A-Fa-f]{16,40}", re.ASCII)
ANY = "any"


@dataclass
class _Kept:
    """What is known of one account's certificates, and for which serials they were asked when."""

    keys: dict[str, PlatformKey] = field(default_factory=dict)
    asked_at: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_accounts: dict[str, _Kept] = {}
_accounts_lock = threading.Lock()


def verify(settings: Settings, headers: Mapping[str, str], body: bytes) -> None:
    """Nothing when these headers prove that the body is theirs; an unknown certificate is asked for before.

    Raises:
        Distrusted: `unknown_serial`, `bad_signature` or `stale`.
    """
    kept = _kept(settings)
    try:
        signing.verify(settings, headers, body, fetched=kept.keys)
    except Distrusted as error:
        serial = signing.serial_of(headers)
        if error.code != "unknown_serial" or not SERIAL.fullmatch(serial) or not _learn(settings, kept, serial):
            raise
        signing.verify(settings, headers, body, fetched=kept.keys)


def ensure_one(settings: Settings) -> None:
    """Nothing when there is a key to prove answers by; without one in the settings, certificates are asked for.

    Raises:
        Misconfigured: there is none.
    """
    if settings.get("platform_keys"):
        return
    kept = _kept(settings)
    if not kept.keys and not _learn(settings, kept, ANY):
        raise Misconfigured("no key of WeChat Pay's was entered, and no platform certificate could be fetched")


def forget() -> None:
    """Drop what was fetched, as a new process begins."""
    with _accounts_lock:
        _accounts.clear()


def _learn(settings: Settings, kept: _Kept, serial: str) -> bool:
    """Whether the serial is known after asking, if it is time to ask. One thread asks, others wait to hear."""
    with kept.lock:
        if _knows(kept, serial):
            return True
        moment = time.monotonic()
        kept.asked_at = {each: at for each, at in kept.asked_at.items() if moment - at < PAUSE_S}
        if serial in kept.asked_at or len(kept.asked_at) >= MOST_QUESTIONS:
            return False
        kept.asked_at[serial] = moment
        found = _fetched(settings, kept.keys)
        if found is None:
            kept.asked_at[serial] = moment - PAUSE_S + PAUSE_AFTER_TROUBLE_S
        else:
            kept.keys = kept.keys | found
        return _knows(kept, serial)


def _knows(kept: _Kept, serial: str) -> bool:
    return bool(kept.keys) if serial == ANY else signing.plain(serial) in kept.keys


def _fetched(settings: Settings, known: Mapping[str, PlatformKey]) -> dict[str, PlatformKey] | None:
    """Their certificates by plain serial; empty when they have none for this account or prove none, None when nothing
    was heard."""
    found: dict[str, PlatformKey] = {}

    def prove(headers: Mapping[str, str], body: bytes) -> None:
        # Each is proven by its seal. The answer's signature may be by a key that is new in it, hence opened first.
        found.update(_opened(settings, each) for each in _listed(body))
        signing.verify(settings, headers, body, fetched={**known, **found})

    def read(_: dict[str, Any]) -> Outcome:
        return Outcome(status="succeeded")

    outcome = wire.ask(settings, "certificates", "GET", PATH, None, read, prove=prove)
    log, mchid = get_logger(), settings.get("mchid")
    if outcome.status != "succeeded":
        log.warning("platform_certificates_not_fetched", mchid=mchid, reason=outcome.message)
        http_status = outcome.exchanges[0].http_status
        return {} if http_status is not None and http_status < 500 else None
    log.info("platform_certificates_fetched", mchid=mchid, serials=sorted(found))
    return found


def _listed(body: bytes) -> list[Any]:
    listed = read_object(body).get("data", [])
    if not isinstance(listed, list) or len(listed) > MOST_CERTIFICATES:
        raise Unreadable("no list of certificates")
    return listed


def _opened(settings: Settings, entry: object) -> tuple[str, PlatformKey]:
    sealed = entry.get("encrypt_certificate") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(sealed, dict) or sealed.get("algorithm") != "AEAD_AES_256_GCM":
        raise Unreadable("a certificate that is none")
    ciphertext = sealed.get("ciphertext")
    if not isinstance(ciphertext, str):
        raise Unreadable("a certificate that is none")
    pem = signing.unseal(
        settings,
        ciphertext=ciphertext,
        nonce=text(sealed, "nonce"),
        associated_data=sealed.get("associated_data") or "",
    )
    try:
        serial, key = signing.certificate(pem.decode("ascii", errors="replace"))
    except Misconfigured as error:
        raise Unreadable(str(error)) from error
    if serial != signing.plain(text(entry, "serial_no")):
        raise Unreadable("a certificate under another serial")
    return serial, key


def _kept(settings: Settings) -> _Kept:
    """What this process has for the account. Whoever has another API v3 key has another account."""
    parts = (settings.get(name) or "" for name in ("base_url", "mchid", "api_v3_key"))
    name = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    with _accounts_lock:
        while len(_accounts) >= MOST_ACCOUNTS and name not in _accounts:
            _accounts.pop(next(iter(_accounts)))
        return _accounts.setdefault(name, _Kept())

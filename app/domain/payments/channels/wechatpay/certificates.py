"""Platform certificates: fetched by us, never because of a notice, and kept beside the keys of the settings.

They come sealed with the API v3 key, which only the merchant and WeChat Pay know; that is what proves them. What was
fetched is known in this process at once, and everywhere once it is stored with the account (`fetched_keys`). Asking
never takes a certificate away: the old one counts until its own end, so that nothing is refused while they change. No
lock is held while they are asked: several may ask at once, a few at most.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.core import clock
from app.core.log import get_logger
from app.domain.payments.channels.types import Outcome, Settings
from app.domain.payments.channels.wechatpay import signing, wire
from app.domain.payments.channels.wechatpay.signing import Distrusted, Misconfigured, PlatformKey
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, read_object, text

PATH = "/v3/certificates"
PAUSE_S, PAUSE_AFTER_TROUBLE_S = 60.0, 5.0
# So many may ask at once for one account.
MAX_CONCURRENT_FETCHES = 8
MAX_ACCOUNTS, MAX_CERTIFICATES, MAX_ABSENT = 1_000, 20, 100
# Public keys have names of their own and are not handed out; only certificates are.
SERIAL = re.compile(r"[0-9A-Fa-f]{16,40}", re.ASCII)
ANY = "any"
# The names under which the account keeps what was fetched: PEMs by serial, and of whom.
KEPT, KEPT_OF = "platform_certificates", "platform_certificates_of"


@dataclass
class _Kept:
    """What this process knows of one account's certificates, and until when it does not ask for a serial again."""

    pems: dict[str, str] = field(default_factory=dict)
    keys: dict[str, PlatformKey] = field(default_factory=dict)
    not_before: dict[str, float] = field(default_factory=dict)
    fetching: int = 0


_accounts: dict[str, _Kept] = {}
_lock = threading.Lock()  # held for moments: never while somebody is asked


def verify_notice(settings: Settings, headers: Mapping[str, str], body: bytes) -> None:
    """Nothing when these headers prove that the body is theirs. Nobody is asked, whatever serial is named.

    Raises:
        Distrusted: `unknown_serial`, `bad_signature` or `stale`.
    """
    signing.verify(settings, headers, body, fetched=_known(settings))


def verify_answer(settings: Settings, headers: Mapping[str, str], body: bytes) -> None:
    """As `verify_notice`, for the answer to a question of ours: an unknown certificate is asked for before.

    Raises:
        Distrusted: `unknown_serial`, `bad_signature` or `stale`.
    """
    try:
        verify_notice(settings, headers, body)
    except Distrusted as error:
        serial = signing.serial_of(headers)
        if error.code != "unknown_serial" or not SERIAL.fullmatch(serial) or not _fetch_certificate(settings, serial):
            raise
        verify_notice(settings, headers, body)


def ensure_one(settings: Settings) -> None:
    """Nothing when there is a key to prove answers by; without one in the settings, certificates are asked for.

    Raises:
        Misconfigured: there is none.
    """
    if settings.get("platform_keys") or _known(settings) or _fetch_certificate(settings, ANY):
        return
    raise Misconfigured("no key of WeChat Pay's was entered, and no platform certificate could be fetched")


def fetch_keys(settings: Settings) -> bool:
    """Ask for their certificates now; whether they gave any that was not known."""
    before = set(_known(settings))
    found = _fetched(settings)
    return bool(found) and not set(found or {}) <= before


def fetched_keys(settings: Settings) -> dict[str, str] | None:
    """What to keep with the account, when this process knows more than it has; else None."""
    name = _name(settings)
    with _lock:
        account = _accounts.get(name)
        ours = dict(account.pems) if account else {}
        keys = dict(account.keys) if account else {}
    if set(ours) <= set(_written(settings)):
        return None
    moment = datetime.fromtimestamp(clock.real_s(), UTC)
    theirs = _pems_of(settings.get(KEPT, "") if settings.get(KEPT_OF) == name else "")
    both = theirs | {serial: pem for serial, pem in ours.items() if (keys[serial].expires_at or moment) >= moment}
    return {KEPT: "\n".join(f"{serial}: {pem}" for serial, pem in both.items()), KEPT_OF: name}


def is_fetchable(serial: str) -> bool:
    """Whether this may be a certificate's serial, which asking could make known."""
    return SERIAL.fullmatch(serial) is not None


def forget() -> None:
    """Drop what this process fetched, as a new one begins."""
    with _lock:
        _accounts.clear()


def _known(settings: Settings) -> dict[str, PlatformKey]:
    """Certificates by plain serial: what the account keeps, and what this process fetched since."""
    with _lock:
        account = _accounts.get(_name(settings))
        fetched = dict(account.keys) if account else {}
    return _written(settings) | fetched


def _written(settings: Settings) -> dict[str, PlatformKey]:
    text_ = settings.get(KEPT, "")
    if not text_ or settings.get(KEPT_OF) != _name(settings):
        return {}
    try:
        return {signing.plain(serial): key for serial, key in signing.platform_keys(text_).items()}
    except Misconfigured:
        return {}


def _pems_of(text_: str) -> dict[str, str]:
    return {signing.plain(serial): pem for serial, pem in signing.labelled(text_)}


def _fetch_certificate(settings: Settings, serial: str) -> bool:
    """Whether the serial is known after asking. Nobody asks where enough do already, or it was asked a moment ago."""
    account, moment = _kept(settings), time.monotonic()
    with _lock:
        if account.fetching >= MAX_CONCURRENT_FETCHES or account.not_before.get(serial, moment) > moment:
            return False
        account.fetching += 1
    found = None
    try:
        found = _fetched(settings)
    finally:
        with _lock:
            account.fetching -= 1
            is_known = bool(account.keys) if serial == ANY else signing.plain(serial) in account.keys
            if len(account.not_before) >= MAX_ABSENT:
                account.not_before.clear()
            if not is_known:
                pause_s = PAUSE_S if found is not None else PAUSE_AFTER_TROUBLE_S
                account.not_before[serial] = time.monotonic() + pause_s
    return is_known


def _fetched(settings: Settings) -> dict[str, PlatformKey] | None:
    """Their certificates by plain serial, known from now on; empty when they have none for this account or prove none,
    None when nothing was heard."""
    found: dict[str, PlatformKey] = {}
    pems: dict[str, str] = {}

    def prove(headers: Mapping[str, str], body: bytes) -> None:
        # Each is proven by its seal. The answer's signature may be by a key that is new in it, hence opened first.
        for each in _listed(body):
            serial, key, pem = _opened(settings, each)
            found[serial], pems[serial] = key, pem
        signing.verify(settings, headers, body, fetched={**_known(settings), **found})

    def read(_: Json) -> Outcome:
        return Outcome(status="succeeded")

    outcome = wire.call(settings, "certificates", "GET", PATH, None, read, prove=prove)
    log, mchid = get_logger(), settings.get("mchid")
    if outcome.status != "succeeded":
        log.warning("platform_certificates_not_fetched", mchid=mchid, reason=outcome.message)
        http_status = outcome.exchanges[0].http_status
        return {} if http_status is not None and http_status < 500 else None
    account = _kept(settings)
    with _lock:
        account.keys, account.pems = account.keys | found, account.pems | pems
    log.info("platform_certificates_fetched", mchid=mchid, serials=sorted(found))
    return found


def _listed(body: bytes) -> list[Any]:
    listed = read_object(body).get("data", [])
    if not isinstance(listed, list) or len(listed) > MAX_CERTIFICATES:
        raise Unreadable("no list of certificates")
    return listed


def _opened(settings: Settings, entry: object) -> tuple[str, PlatformKey, str]:
    sealed = entry.get("encrypt_certificate") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(sealed, dict) or sealed.get("algorithm") != "AEAD_AES_256_GCM":
        raise Unreadable("a certificate that is none")
    ciphertext = sealed.get("ciphertext")
    if not isinstance(ciphertext, str):
        raise Unreadable("a certificate that is none")
    content = signing.unseal(
        settings,
        ciphertext=ciphertext,
        nonce=text(sealed, "nonce"),
        associated_data=sealed.get("associated_data") or "",
    )
    pem = content.decode("ascii", errors="replace")
    try:
        serial, key = signing.certificate(pem)
    except Misconfigured as error:
        raise Unreadable(str(error)) from error
    if serial != signing.plain(text(entry, "serial_no")):
        raise Unreadable("a certificate under another serial")
    return serial, key, signing.bare(pem)


def _name(settings: Settings) -> str:
    """Whose certificates they are. Whoever has another API v3 key has another account."""
    parts = (settings.get(name) or "" for name in ("base_url", "mchid", "api_v3_key"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _kept(settings: Settings) -> _Kept:
    name = _name(settings)
    with _lock:
        while len(_accounts) >= MAX_ACCOUNTS and name not in _accounts:
            _accounts.pop(next(iter(_accounts)))
        return _accounts.setdefault(name, _Kept())

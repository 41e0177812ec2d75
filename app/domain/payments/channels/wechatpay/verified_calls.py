"""Asking WeChat Pay with an answer that is proven: by a key of the settings, or by a certificate that was fetched."""

from __future__ import annotations

from functools import partial

from app.domain.payments.channels.types import Outcome, Settings
from app.domain.payments.channels.wechatpay import certificates, signing, wire
from app.domain.payments.channels.wechatpay.wire import Reader
from app.lib.json_types import Json


def call(settings: Settings, operation: str, method: str, path: str, body: Json | None, read: Reader) -> Outcome:
    """Ask, and make an outcome of the proven answer with `read`. Without any key to prove it by nothing is asked."""
    try:
        signing.check(settings)
        certificates.ensure_one(settings)
    except signing.Misconfigured as error:
        return wire.not_sent(settings, operation, method, path, str(error))
    return wire.call(settings, operation, method, path, body, read, prove=partial(certificates.verify_answer, settings))

"""What Alipay sends by itself: a signed form, believed only after its signature, shape and addressee held."""

from __future__ import annotations

from app.domain.payments.channels.alipay import answers, gateway, keys
from app.domain.payments.channels.alipay.answers import Unreadable
from app.domain.payments.channels.types import NoticeRefused, Settings


def proven(settings: Settings, body: bytes) -> dict[str, str]:
    """The fields of a form that Alipay signed: RSA2 and UTF-8 only, whatever else it says about itself.

    Raises:
        NoticeRefused: `malformed` or `bad_signature`.
    """
    try:
        fields = answers.form(body)
    except Unreadable as error:
        raise NoticeRefused("malformed") from error
    is_ours = fields.get("sign_type") == "RSA2" and fields.get("charset", "utf-8").lower() == "utf-8"
    content = answers.signed_text(fields)
    if not is_ours or not keys.is_signed(gateway.their_keys(settings), content, fields.get("sign", "")):
        raise NoticeRefused("bad_signature")
    return fields


def check_addressee(settings: Settings, fields: dict[str, str], *names: str) -> None:
    """Raises NoticeRefused `wrong_merchant` unless all these fields name us."""
    for name in names:
        if not settings.get(name) or fields.get(name) != settings[name]:
            raise NoticeRefused("wrong_merchant")

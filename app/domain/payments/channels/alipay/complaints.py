"""Buyers' complaints at Alipay: a message to the app's gateway names the complaint, and nothing else of it."""

from __future__ import annotations

import json

from app.domain.payments.channels.alipay import answers
from app.domain.payments.channels.alipay.answers import Unreadable
from app.domain.payments.channels.types import AccountNotice

MESSAGE = "alipay.merchant.tradecomplain.changed"


def notice(fields: dict[str, str]) -> AccountNotice:
    """The message that a complaint was made or changed: which trade it is about only their platform says, so it counts
    as open. Raises Unreadable."""
    try:
        about = json.loads(answers.text(fields, "biz_content"))
    except ValueError as error:
        raise Unreadable("biz_content is not JSON") from error
    if not isinstance(about, dict):
        raise Unreadable("biz_content is no object")
    return AccountNotice(
        kind="dispute",
        external_id=answers.text(fields, "notify_id"),
        event=MESSAGE,
        subject_ref=answers.text(about, "complain_event_id"),
        merchant_ref=answers.text(fields, "app_id"),
        status="open",
    )

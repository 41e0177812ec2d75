"""Messages as chats want them. Texts of others (names, answers) stay texts: no mention, no link, no markup."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from app.domain.notifications.alerts.texts import AlertText
from app.lib.json_types import Json

MAX_LETTERS = 1900  # Discord takes 2,000


@dataclass(frozen=True)
class Message:
    """What is POSTed where."""

    url: str
    content: bytes


def message(chat: str, url: str, secret: str, *, head: str, lines: list[tuple[AlertText, str]], at_s: int) -> Message:
    """The message of a chat's format: its head, then each alert with its address. `at_s` is the time by the real clock,
    for chats that check a signature."""
    parts = [head, *(f"• {text.title}\n{text.text}\n{address}".replace("\n\n", "\n") for text, address in lines)]
    plain = "\n".join(parts)[:MAX_LETTERS]
    body = _BODIES[chat](plain, lines, head)
    if chat == "feishu" and secret:
        body |= {"timestamp": str(at_s), "sign": _sign(f"{at_s}\n{secret}", b"")}
    if chat == "dingtalk" and secret:
        stamp = at_s * 1000
        url += f"&timestamp={stamp}&sign={quote(_sign(secret, f'{stamp}{chr(10)}{secret}'.encode()), safe='')}"
    return Message(url, json.dumps(body, ensure_ascii=False).encode())


def refusal(chat: str, text: str) -> str | None:
    """Why a chat that answered 200 did not take the message; None when it did."""
    if chat not in ("feishu", "dingtalk"):
        return None
    try:
        answer = json.loads(text)
    except ValueError:
        return None
    code = answer.get("errcode", answer.get("code", answer.get("StatusCode", 0))) if isinstance(answer, dict) else 0
    return f"The chat answered {code}: {answer.get('errmsg', answer.get('msg', ''))}"[:300] if code else None


def _slack(plain: str, *_: Any) -> Json:
    safe = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": safe, "unfurl_links": False}


def _discord(plain: str, *_: Any) -> Json:
    return {"content": plain, "allowed_mentions": {"parse": []}}


def _feishu(plain: str, *_: Any) -> Json:
    # `<at …>` in a text would call people.
    return {"msg_type": "text", "content": {"text": plain.replace("<", "‹").replace(">", "›")}}


def _dingtalk(plain: str, *_: Any) -> Json:
    return {"msgtype": "text", "text": {"content": plain}, "at": {"isAtAll": False}}


def _teams(_: str, lines: list[tuple[AlertText, str]], head: str) -> Json:
    blocks: list[Json] = [{"type": "TextBlock", "text": head, "weight": "Bolder", "wrap": True}]
    for text, address in lines:
        # Markdown of an adaptive card: letters that would make links or emphasis are taken away.
        line = "".join(each for each in f"{text.title}. {text.text}" if each not in "[]()*_`#<>")
        blocks.append({"type": "TextBlock", "text": line, "wrap": True})
        blocks.append({"type": "ActionSet", "actions": [{"type": "Action.OpenUrl", "title": "Open", "url": address}]})
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    }
    attached = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attached]}


def _plain(plain: str, lines: list[tuple[AlertText, str]], _: str) -> Json:
    alerts = [{"title": text.title, "text": text.text, "url": address} for text, address in lines]
    return {"text": plain, "alerts": alerts}


_BODIES: dict[str, Callable[[str, list[tuple[AlertText, str]], str], Json]] = {
    "slack": _slack,
    "discord": _discord,
    "feishu": _feishu,
    "dingtalk": _dingtalk,
    "teams": _teams,
    "plain": _plain,
}


def _sign(key: str, text: bytes) -> str:
    return base64.b64encode(hmac.new(key.encode(), text, hashlib.sha256).digest()).decode()

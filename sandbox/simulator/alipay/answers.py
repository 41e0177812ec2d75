"""Alipay's words: amounts in yuan, times in China, and how it says no."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
YUAN = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.([0-9]{1,2}))?")


@dataclass
class Refused(Exception):
    """They say no: `code` of the gateway (40004 is about the business), `sub_code` and words."""

    sub_code: str
    sub_msg: str
    code: str = "40004"
    msg: str = "Business Failed"

    def body(self) -> dict[str, str]:
        return {"code": self.code, "msg": self.msg, "sub_code": self.sub_code, "sub_msg": self.sub_msg}


def invalid(words: str) -> Refused:
    return Refused("ACQ.INVALID_PARAMETER", words)


def arguments(sub_code: str, words: str) -> Refused:
    """The gateway itself refuses, before any business is done."""
    return Refused(sub_code, words, code="40002", msg="Invalid Arguments")


def minor(text: object) -> int:
    """Yuan with at most two decimals as whole fen. Raises: Refused."""
    found = YUAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise invalid("The amount must be yuan with at most two decimals.")
    value = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    if value == 0:
        raise invalid("The amount must be 0.01 at least.")
    return value


def yuan(amount_minor: int) -> str:
    sign, fen = ("-", -amount_minor) if amount_minor < 0 else ("", amount_minor)
    return f"{sign}{fen // 100}.{fen % 100:02d}"


def clock(seconds: float) -> str:
    """A moment as their clocks show it."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def moment(text: object) -> datetime:
    """What such a clock showed. Raises: Refused."""
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
    except ValueError as error:
        raise invalid("The time must read yyyy-MM-dd HH:mm:ss.") from error

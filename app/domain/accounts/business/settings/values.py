"""Values of settings: checked before they are kept, and compared."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.core.errors import Invalid
from app.domain.accounts.business.settings.declared import BY_KEY
from app.domain.accounts.business.settings.types import LONGEST_TEXT, SEVERAL, Setting, Value

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufeff\ufffe\uffff]")


def checked(values: Mapping[str, Value]) -> dict[str, Value]:
    """The values as they are kept, by key.

    Raises:
        Invalid: `unknown_setting`: no such setting; `invalid_setting`, `invalid_email`, `invalid_url`: outside its
            bounds. `details.param` names it.
    """
    for key in values:
        if key not in BY_KEY:
            raise Invalid("unknown_setting", "There is no such setting.", details={"param": key[:60]})
    return {key: _checked(BY_KEY[key], value) for key, value in values.items()}


def _checked(setting: Setting, value: Value) -> Value:
    if value is None or value in ("", []):
        return _empty(setting)
    if setting.kind == "flag":
        return value if isinstance(value, bool) else _refuse(setting, "on or off")
    if setting.kind == "number":
        return _number(setting, value)
    if isinstance(value, list):
        return _several(setting, value)
    return _text(setting, value)


def _empty(setting: Setting) -> Value:
    if not setting.may_be_empty:
        return _refuse(setting, setting.bounds)
    return [] if setting.kind in SEVERAL else None


def _number(setting: Setting, value: Value) -> Value:
    if isinstance(value, bool) or not isinstance(value, int) or not setting.here.least <= value <= setting.here.most:
        return _refuse(setting, setting.bounds)
    return value


def _several(setting: Setting, value: list[str]) -> Value:
    if setting.kind not in SEVERAL:
        return _refuse(setting, setting.bounds)
    texts = list(dict.fromkeys(text.strip() for text in value if text.strip()))
    known = {code for code, _ in setting.choices()} if setting.choices else None
    if len(texts) > setting.most or any(len(text) > LONGEST_TEXT or _UNPRINTABLE.search(text) for text in texts):
        return _refuse(setting, setting.bounds)
    unknown = [text for text in texts if known is not None and text not in known]
    if unknown:
        return _refuse(setting, f"not {unknown[0]!r}")
    return [setting.check(text) for text in texts] if setting.check else texts


def _text(setting: Setting, value: Value) -> Value:
    if not isinstance(value, str) or setting.kind in SEVERAL:
        return _refuse(setting, setting.bounds)
    text = value.replace("\r\n", "\n").strip()
    if not text:
        return _empty(setting)
    if _UNPRINTABLE.search(text) or (setting.kind == "text" and "\n" in text):
        return _refuse(setting, "printable characters")
    if setting.choices is not None:
        known = text in {code for code, _ in setting.choices()}
        return text if known else _refuse(setting, setting.bounds)
    if not setting.least <= len(text) <= setting.most:
        return _refuse(setting, setting.bounds)
    return setting.check(text) if setting.check else text


def _refuse(setting: Setting, bounds: str) -> Value:
    raise Invalid("invalid_setting", f"{setting.title}: {bounds}.", details={"param": setting.key})

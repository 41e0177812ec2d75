"""Languages as the outside names them."""

from __future__ import annotations

import re

# A language, and after it a script or a region or both.
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")


def language_tag(text: str | None) -> str | None:
    """The text when it is a tag such as `pt-BR` or `zh-Hans-CN`, else None."""
    return text if text and len(text) <= 20 and _TAG.fullmatch(text) else None

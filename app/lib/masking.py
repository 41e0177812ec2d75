"""Names of buyers for those who may not read them: enough to tell two apart, not enough to write to one."""

from __future__ import annotations


def masked(text: str) -> str:
    """`paula@example.com` → `p•••@e•••`; anything else shows its first two letters."""
    name, at, host = text.partition("@")
    if at:
        return f"{name[:1]}•••@{host[:1]}•••"
    return f"{text[:2]}•••" if len(text) > 2 else "•••"

"""Marks of texts that are translated where they are shown, not where they stand (`make texts` finds them)."""

from __future__ import annotations


def gettext_noop(text: str) -> str:
    """The text itself: the mark puts it into the catalogues, and `app.texts.translate` translates it later."""
    return text


N_ = gettext_noop  # gettext's usual name for it

"""What people read, in ten languages: the catalogues of `locales/`, and `say`, which finds the text.

English texts are their own keys. What has no translation stays English; `make check` finds what buyers would miss.
"""

from __future__ import annotations

from app.words.catalogues import translated
from app.words.say import for_buyers, refusal, say, say_in_context, say_many

__all__ = ["for_buyers", "refusal", "say", "say_in_context", "say_many", "translated"]

"""What people read, in ten languages: the catalogues of `locales/`, and `translate`, which finds the text.

English texts are their own keys. What has no translation stays English; `make check` finds what buyers would miss.
"""

from __future__ import annotations

from app.texts.catalogues import translated
from app.texts.translate import for_buyers, refusal, translate, translate_in_context, translate_plural

__all__ = ["for_buyers", "refusal", "translate", "translate_in_context", "translate_plural", "translated"]

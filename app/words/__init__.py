"""What buyers read, in ten languages: one file a language, and `say`, which finds the words.

English texts are their own keys. A language has for each of them its text, with the same holes, or one for each plural
category it has (CLDR's: `one`, `few`, `other`, …). What has no translation stays English; tests find it.
"""

from __future__ import annotations

from app.words.say import english_of, for_buyers, refusal, say, say_many

__all__ = ["english_of", "for_buyers", "refusal", "say", "say_many"]

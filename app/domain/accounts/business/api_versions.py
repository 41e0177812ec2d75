"""The dated versions of the API. A key is pinned to the newest one when it is made
(docs/reference/api-versions.md)."""

from __future__ import annotations

OLDEST = "2026-10-01"
NEWEST = "2026-11-22"
VERSIONS = (OLDEST, NEWEST)  # oldest first

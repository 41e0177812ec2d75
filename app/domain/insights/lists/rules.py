"""How many views, schedules and exports somebody may have, and how long a link to a file counts."""

from __future__ import annotations

from datetime import timedelta

EXPORT_LINK_LASTS = timedelta(hours=1)
MAX_OPEN_EXPORTS = 5  # of one holder at once
MAX_VIEWS = 50  # of one person and list
MAX_SCHEDULES = 20  # of one person at one business

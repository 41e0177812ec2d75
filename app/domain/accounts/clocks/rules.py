"""How far a test clock goes, and what one advance may cost."""

from __future__ import annotations

from datetime import timedelta

# At once; whoever needs more advances again.
MAX_ADVANCE = timedelta(days=366)
# In all: dates of many years from now are of no use to anybody.
MAX_AHEAD = timedelta(days=3660)
# Moments at which something was due, in one advance.
MAX_STEPS = 10_000
# In which every process learns that a business has a clock; it is not moved for the first time before.
SPREADS_IN = timedelta(seconds=2)

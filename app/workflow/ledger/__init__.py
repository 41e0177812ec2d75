"""Use cases: the double-entry books."""

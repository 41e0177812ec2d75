"""Questions: the double-entry books."""

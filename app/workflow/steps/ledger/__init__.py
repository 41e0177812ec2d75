"""Steps: the double-entry books."""

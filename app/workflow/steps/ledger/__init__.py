"""Steps: the double-entry ledger."""

"""Questions: the double-entry ledger."""

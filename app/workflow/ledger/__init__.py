"""Use cases: the double-entry ledger."""

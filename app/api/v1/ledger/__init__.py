"""Resources of the ledger beyond payments: bank accounts and settlements."""

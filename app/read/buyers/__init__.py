"""Buyers: their list, one of them, and what hangs on them."""

"""Paying from the buyer's own balance: the money is in our books, nothing outside is asked."""

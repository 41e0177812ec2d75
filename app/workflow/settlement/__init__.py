"""Use cases of money that a business owes to partners: who they are, who gets what, and clearing it."""

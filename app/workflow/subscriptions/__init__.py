"""Use cases: plans, and contracts that renew by themselves."""

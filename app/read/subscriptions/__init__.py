"""Questions: plans, and contracts that renew by themselves."""

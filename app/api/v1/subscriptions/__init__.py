"""The JSON interface: plans, and contracts that renew by themselves."""

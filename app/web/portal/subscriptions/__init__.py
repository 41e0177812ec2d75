"""The portal: plans, and contracts that renew by themselves."""

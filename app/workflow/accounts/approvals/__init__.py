"""Use cases: what two people decide, or one alone after a waiting time."""

"""Use cases: businesses, people, keys, roles and approvals."""

"""Steps: businesses, people, keys, roles and approvals."""

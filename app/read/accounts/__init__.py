"""Questions: businesses, people, keys, roles and approvals."""

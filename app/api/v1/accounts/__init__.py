"""The JSON interface: businesses, people, keys, roles and approvals."""

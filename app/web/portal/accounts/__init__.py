"""Pages of the portal: businesses, people, keys, roles and approvals."""

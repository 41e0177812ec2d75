"""Businesses, people, keys, roles and approvals."""

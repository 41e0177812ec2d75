"""Use cases: orders, their lines, parts and reservations."""

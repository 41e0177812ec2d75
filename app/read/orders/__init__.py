"""Questions: orders, their lines, parts and reservations."""

"""Steps: orders, their lines, parts and reservations."""

"""The JSON interface: orders, their lines, parts and reservations."""

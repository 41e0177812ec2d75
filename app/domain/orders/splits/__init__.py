"""Strategies by which an order falls into parts (sub-orders)."""

"""Use cases: products, SKUs, prices and stock."""

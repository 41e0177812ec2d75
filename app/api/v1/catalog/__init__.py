"""The JSON interface: products, SKUs, prices and stock."""

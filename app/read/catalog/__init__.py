"""Questions: products, SKUs, prices and stock."""

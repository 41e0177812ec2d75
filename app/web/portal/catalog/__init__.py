"""Pages of the portal: products, SKUs, prices and stock."""

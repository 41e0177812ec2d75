"""Bills of payment companies: fetched day by day, and compared with our books."""

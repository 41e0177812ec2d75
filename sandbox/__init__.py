"""The world outside, not the product: pretend payment companies, a demo shop, examples."""

"""Languages and how they are chosen."""

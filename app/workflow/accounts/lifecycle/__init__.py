"""Use cases: a business opens, goes live, is suspended, and closes."""

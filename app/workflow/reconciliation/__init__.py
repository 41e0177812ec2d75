"""Use cases: cases, and what is compared with the outside world."""

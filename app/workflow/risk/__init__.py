"""Use cases of risk: lists, rules, reviews and what is kept of decisions."""

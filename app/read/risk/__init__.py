"""Reads about lists, rule sets and decisions."""

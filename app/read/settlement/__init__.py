"""Reads about partners, split rules and clearing."""

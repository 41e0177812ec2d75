"""Buyers."""

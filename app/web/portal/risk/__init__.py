"""Sections of risk."""

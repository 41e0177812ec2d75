"""Metrics, reports, lists and exports."""

"""Alerts and mails."""

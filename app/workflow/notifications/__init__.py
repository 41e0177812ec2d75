"""Use cases: alerts and mails."""

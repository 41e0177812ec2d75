"""Steps: alerts and mails."""

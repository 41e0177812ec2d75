"""Questions: alerts and mails."""

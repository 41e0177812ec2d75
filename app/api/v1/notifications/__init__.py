"""The JSON interface: alerts and mails."""

"""Pages of the portal: alerts and mails."""

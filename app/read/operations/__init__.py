"""Questions: jobs, audit, backups and upkeep."""

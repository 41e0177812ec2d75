"""Pages of the portal: jobs, audit, backups and upkeep."""

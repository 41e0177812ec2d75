"""Steps: jobs, audit, backups and upkeep."""

"""Use cases: jobs, audit, backups and upkeep."""

"""The JSON interface: jobs, audit, backups and upkeep."""

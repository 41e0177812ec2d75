"""Resources of what a business owes to partners."""

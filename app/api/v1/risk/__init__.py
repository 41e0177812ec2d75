"""Resources of risk."""

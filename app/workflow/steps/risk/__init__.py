"""Parts of risk within somebody else's phase."""

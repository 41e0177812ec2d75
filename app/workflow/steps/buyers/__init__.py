"""Parts of what is done to buyers, inside somebody's phase."""

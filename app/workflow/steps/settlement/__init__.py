"""Steps of clearing and settlement, inside somebody's phase."""

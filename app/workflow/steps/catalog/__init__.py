"""Steps of the catalogue."""

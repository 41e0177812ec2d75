"""What every surface over HTTP shares."""
